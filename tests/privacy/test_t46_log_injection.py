"""T46: whatever is sent, each log line is one JSON object without control characters or what was sent."""

import io
import json
import logging
from collections.abc import Iterator
from itertools import islice

import pytest
from django.db import IntegrityError
from django.test import Client

from observability.core import redaction
from observability.embedded.postgres import SETTINGS
from observability.logs import JsonFormatter
from tests.architecture.tree import ROOT
from tests.privacy.canaries import Canary, canaries

HOSTILE = (
    "line\r\nforged: true",
    '{"level": "info", "event": "forged"}',
    "\x1b[31mred\x1b[0m",
    "\u202eeman\u202c",
    "nul\x00byte",
    "\ud800lonely",
    "\u2028separated\u2029",
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the root logger writes, through the formatter of the product."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.INFO
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def written(lines: io.StringIO) -> list[dict[str, object]]:
    """Return the lines as objects; fails where one is none."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_one_record_is_one_line_without_control_characters(lines: io.StringIO, hostile: str) -> None:
    log = logging.getLogger("integrations.x")
    log.warning("refused %s", hostile)
    log.warning(hostile)
    log.warning("refused", extra={"path": hostile, "agent": hostile})

    assert len(written(lines)) == 3
    text = "".join(
        json.dumps(value, ensure_ascii=False) for line in written(lines) for value in line.values()
    )
    assert redaction.visible(text) == text


@pytest.mark.parametrize("canary", list(islice(canaries(), 19 * 6)), ids=lambda c: f"{c.kind}-{c.needle}")
def test_no_way_of_logging_tells_what_was_sent(lines: io.StringIO, canary: Canary) -> None:
    log = logging.getLogger("integrations.x")
    log.error("refused %s", canary.value)
    log.error("refused %(value)s", {"value": canary.value})
    log.error(f"refused '{canary.value}'")
    log.error(
        "refused", extra={"value": canary.value, "sent": {"value": canary.value}, "list": [canary.value]}
    )
    try:
        raise IntegrityError(f"Key (value)=({canary.value}) already exists")
    except IntegrityError:
        log.exception("failed")

    assert canary.needle not in lines.getvalue()
    assert written(lines)[-1]["error"] == "IntegrityError"


def test_an_error_tells_its_type_and_place(lines: io.StringIO) -> None:
    try:
        int("MRN12345")
    except ValueError:
        logging.getLogger("tracing.x").exception("failed")

    line = written(lines)[0]
    assert line["error"] == "ValueError"
    assert str(line["frames"]).startswith("['test_t46_log_injection.py:")


def test_our_own_ids_and_codes_stay_readable(lines: io.StringIO) -> None:
    uid = "018f0000-0000-7000-8000-00000000000a"
    logging.getLogger("x").info("parked %s after %d", "unknown_outcome", 3, extra={"inbox": uid, "ms": 1.5})

    line = written(lines)[0]
    assert (line["event"], line["inbox"], line["ms"]) == ("parked unknown_outcome after 3", uid, 1.5)


@pytest.mark.django_db
@pytest.mark.parametrize("canary", list(islice(canaries(500_000), 19)), ids=lambda c: c.kind)
def test_a_request_leaves_a_line_without_its_path_query_agent_or_key(
    client: Client, lines: io.StringIO, canary: Canary
) -> None:
    clean = canary.value.replace("\n", " ")
    headers = {
        "User-Agent": clean,
        "Referer": clean,
        "Authorization": f"Bearer {clean}",
        "X-Request-ID": clean,
    }

    for url in ("/nowhere/", "/sign-in/", "/api/v1/events", "/v1/traces"):
        client.get(url + canary.needle, {"q": clean}, headers=headers)
        client.post(url, {"q": clean}, headers=headers)

    requests = [line for line in written(lines) if line["event"] == "request"]
    assert len(requests) == 8
    assert canary.needle not in lines.getvalue()
    assert all(line["request_id"] for line in requests)


def test_the_database_logs_no_statement_and_no_value_that_a_constraint_refused() -> None:
    said = dict(
        line.replace("'", "").split(" = ", 1)
        for line in (ROOT / "deploy/postgresql.conf").read_text().splitlines()
        if " = " in line and not line.startswith("#")
    )
    quiet = {name: value for name, value in SETTINGS.items() if name.startswith("log_")}

    assert (quiet["log_min_error_statement"], quiet["log_error_verbosity"]) == ("panic", "terse")
    assert {name: said.get(name) for name in quiet} == quiet

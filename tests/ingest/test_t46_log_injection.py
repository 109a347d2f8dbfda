"""T46: whatever is sent, a log line is one JSON object without control characters, keys or payload."""

import json
import logging
from collections.abc import Iterator

import pytest

from observability.logs import JsonFormatter
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import JSON, Poster, otlp_json

pytestmark = pytest.mark.django_db

EVIL = [
    'a\r\n{"level": "error", "event": "forged"}',
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "CANARY-4711 Jane Roe 078-05-1120",
    "%s %(x)s {0}",
    "\x00\x07\x9b",
]


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Format and keep."""
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The log lines of this test, as the product writes them."""
    handler = Lines()
    root = logging.getLogger()
    watched = [root, *(logging.getLogger(name) for name in ("django", "observability", "integrations"))]
    for logger in watched:
        logger.addHandler(handler)
    yield handler.lines
    for logger in watched:
        logger.removeHandler(handler)


@pytest.mark.parametrize("evil", EVIL)
def test_t46_nothing_sent_shapes_a_log_line(post: Poster, lines: list[str], evil: str) -> None:
    header = evil.replace("\r", "").replace("\n", "").replace("\x00", "")
    post.otlp("traces", otlp_json(traces({"name": evil, "attributes": {evil: evil}})), JSON)
    post.events([event(id=evil, source=evil, data={"charge_no": evil})])
    post.raw("/api/v1/events", evil.encode(), "application/cloudevents+json")
    post.raw("/v1/traces", b"", JSON, Authorization=f"Bearer {header}", User_Agent=header)
    post.client.get(f"/api/v1/receipts/{header}")

    assert lines
    for line in lines:
        assert isinstance(json.loads(line), dict)
        assert line.isprintable()
        assert "4711" not in line
        assert post.key.partition(".")[2] not in line

"""The README's examples are taken out of it and run, word for word but for the address."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from integrations.ingest import auth, crosswalks, limits, pressure
from integrations.ingest.records import Event, decode
from integrations.models import Inbox
from observability.core import clock
from observability.demo.system import make_facilities
from tests.build.days import empty

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"

pytestmark = pytest.mark.django_db(transaction=True)
Run = Callable[..., str]


def block(language: str, word: str) -> str:
    """Return the only fenced block of a language with a word in it."""
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.S) if word in text]
    assert len(found) == 1
    return str(found[0])


def database_url() -> str:
    said = connection.settings_dict
    return f"postgresql://{said['USER']}@/{said['NAME']}?host={said['HOST']}&port={said['PORT']}"


@pytest.fixture
def run(live_server: LiveServer) -> Run:
    """Run a block against the test server, as a person with the connector's key would."""
    for module in (auth, crosswalks, limits, pressure):
        module.forget()
    empty("inbox")
    make_facilities(clock.now())
    environment = {**os.environ, "DATABASE_URL": database_url()}

    def run(*argv: str, words: str) -> str:
        said = subprocess.run(
            [*argv, words.replace(ADDRESS, live_server.url)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert said.returncode == 0, said.stderr
        return said.stdout

    shown = run("bash", "-ec", words=block("sh", "connector create"))
    environment["THROUGHLINE_KEY"] = re.findall(r"^  (\S+\.\S+)$", shown, re.M)[0]
    return run


def stored() -> list[Event]:
    found = [record for row in Inbox.objects.all() for record in decode(bytes(row.blob))]
    return [record for record in found if isinstance(record, Event)]


def test_the_first_event_goes_in_with_curl(run: Run) -> None:
    answer = run("bash", "-ec", words=block("sh", "curl"))

    assert '"accepted": 1' in answer
    assert [event.type for event in stored()] == ["charge.captured.v1"]


def test_a_step_goes_in_with_an_opentelemetry_sdk(run: Run) -> None:
    run(sys.executable, "-c", words=block("python", "OTLPSpanExporter"))

    (event,) = stored()
    assert (event.type, event.amount, event.outcome) == ("span.step.v1", "412.50", "posted")
    assert (event.bindings[0].workflow, event.bindings[0].step) == ("charge", "posted")


def test_every_file_that_it_points_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert len(links) > 8
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/decisions/README.md", "CHANGELOG.md"])
def test_every_page_s_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    links = re.findall(r"\]\(([^)#:]+)\)", file.read_text())

    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_that_we_chose_has_its_reason_written_down(name: str) -> None:
    chosen = (ROOT / name).read_text().split("\n\n")[0]
    packages = re.findall(r"^([A-Za-z0-9_-]+)(?:\[.*?\])?==", chosen, re.M)
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/decisions/0009-dependencies.md").read_text(), re.M)
    known = {word for row in rows for word in row.split(", ")}

    assert len(packages) > 10
    assert [package for package in packages if package not in known] == []

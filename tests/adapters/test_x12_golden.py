"""Each fixture file gives exactly the events and findings written beside it, ids included."""

import json
from pathlib import Path

import pytest

from tests.adapters.files import FIXTURES, people_in, read_path

FILES = sorted(FIXTURES.glob("*.x12"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_file_gives_the_expected_events(file: Path) -> None:
    expected = json.loads(file.with_suffix(".json").read_text())
    read = read_path(file)
    assert [{"segment": event.segment, **event.cloudevent()} for event in read.events] == expected["events"]
    assert [str(finding) for finding in read.findings] == expected["findings"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_name_birth_date_or_street_leaves_the_file(file: Path) -> None:
    text = file.read_text()
    read = read_path(file)
    said = json.dumps([event.cloudevent() for event in read.events]) + "\n".join(map(str, read.findings))
    assert not [word for word in people_in(text[text.index("ISA") :]) if word in said]


def test_the_fixtures_hold_people_to_be_kept_back() -> None:
    assert {"QUILLFEATHER", "MARIGOLD", "19610718", "1 SHORE ROAD"} <= people_in(
        (FIXTURES / "837p_5010.x12").read_text()
    )


def test_reading_twice_gives_the_same_ids() -> None:
    for file in FILES:
        assert [event.id for event in read_path(file).events] == [
            event.id for event in read_path(file).events
        ]


def test_every_event_of_every_fixture_has_its_own_id() -> None:
    ids = [event.id for file in FILES for event in read_path(file).events]
    assert len(ids) == len(set(ids)) == 40

"""The X12 that the demonstration writes is read back by our adapter, whole and without a finding."""

from datetime import date
from io import BytesIO

import pytest

from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.reading import read_file
from observability.demo import claim_files
from observability.demo.claims import Ack, Claim, Course, Remit, Submission
from observability.demo.history import days_back
from observability.demo.network import PLACES
from observability.demo.story import Story
from observability.demo.visits import visits_of
from tests.demo.conftest import NOW

CLINIC = next(place for place in PLACES if place.writes_files)
DAYS = days_back(NOW, 10, 40)


def claims_of(day: date) -> list[Claim]:
    story = Story(NOW)
    return [Course(visit, story).run(day) for visit in visits_of(day, CLINIC)]


@pytest.mark.parametrize("day", DAYS[:6], ids=str)
def test_every_move_but_postings_and_the_clearinghouse_s_own_word_is_in_the_files(day: date) -> None:
    claims = claims_of(day)
    moves = [move for claim in claims for move in claim.moves]
    events = list(claim_files.file_events(day, CLINIC, claims))

    types = [said.body["type"] for said in events]
    sets = {move.day for move in moves if isinstance(move, Submission)}
    acks = [move for move in moves if isinstance(move, Ack) and move.entity == "payer"]
    assert types.count("claim.submitted.v1") == sum(isinstance(move, Submission) for move in moves)
    assert types.count("claim.acked.v1") == len(acks) + len(sets)
    assert types.count("remit.received.v1") == sum(isinstance(move, Remit) for move in moves)


def test_no_file_of_thirty_days_has_a_finding_and_no_two_have_one_control_number() -> None:
    controls: list[tuple[str, str]] = []
    for day in DAYS:
        for text in claim_files.files_of(day, CLINIC, claims_of(day)):
            found = [item for item in read_file(BytesIO(text.encode()), "demo") if isinstance(item, Finding)]
            assert found == []
            isa = text.split("~")[0].split("*")
            controls.append((isa[6], isa[13]))

    assert len(controls) > 200
    assert len(set(controls)) == len(controls)


def test_times_in_files_are_the_facility_s_clock() -> None:
    day = DAYS[0]
    claims = claims_of(day)
    sent = {move.at for claim in claims for move in claim.moves if isinstance(move, Submission)}

    read = [
        said
        for said in claim_files.file_events(day, CLINIC, claims)
        if said.body["type"] == "claim.submitted.v1"
    ]
    assert {said.at for said in read} == sent
    assert {said.body["time"][11:] for said in read} == {"07:00:00Z"}


def test_a_file_that_cannot_be_read_stops_the_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    day = DAYS[0]
    broken = ["ISA*nothing"]
    monkeypatch.setattr(claim_files, "files_of", lambda *_: iter(broken))

    with pytest.raises(claim_files.UnreadableFile):
        list(claim_files.file_events(day, CLINIC, []))

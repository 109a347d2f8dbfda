"""The claims of a facility that exchanges X12 files: written as files, and read back by our own adapter."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import TypeVar
from zoneinfo import ZoneInfo

from integrations.adapters.x12.events import Event
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.reading import read_file
from observability.demo.claims import Ack, Claim, Remit, Submission
from observability.demo.moments import HOUR, MINUTE, midnight
from observability.demo.network import CLEARINGHOUSE, PAYERS, Place
from observability.demo.saying import EVENT, Said
from observability.demo.x12_text import (
    ACK_VERSION,
    CLAIM_VERSION,
    REMIT_VERSION,
    STATUS_VERSION,
    File,
    claims_file,
    remits_file,
    set_ack_file,
    statuses_file,
)

FIRST_DAY = date(2000, 1, 1)
# Last two digits of a control number; remittances add the place of the payer in our list.
SETS, STATUSES, REMITS = 0, 1, 10
M = TypeVar("M", Submission, Ack, Remit)


class UnreadableFile(Exception):
    """The adapter could not read what was written here; the message says where."""


def files_of(day: date, place: Place, claims: Sequence[Claim]) -> Iterator[str]:
    """Yield the files about the claims of one day's visits, outgoing and incoming."""
    for sent_on, sent in sorted(_by_day(claims, Submission).items()):
        control = _control(day, sent_on, SETS)
        batch, at = f"{place.code}{control}", sent[0][1].at
        yield claims_file(File("HC", "837", CLAIM_VERSION, at, control, True, place.zone), batch, sent, place)
        yield set_ack_file(
            File("FA", "999", ACK_VERSION, at + 25 * MINUTE, control, False, place.zone), control
        )
    for (said_on, sent_on), acks in sorted(_acks(claims).items()):
        batch = f"{place.code}{_control(day, sent_on, SETS)}"
        control = _control(day, sent_on, STATUSES)
        at = midnight(said_on, place.zone) + 9 * HOUR
        file = File("HN", "277", STATUS_VERSION, at, control, False, place.zone)
        yield statuses_file(file, batch, said_on, acks, place)
    for (paid_on, payer), remits in sorted(_remits(claims).items()):
        control = _control(day, paid_on, REMITS + payer)
        at = midnight(paid_on, place.zone) + 6 * HOUR
        yield remits_file(File("HP", "835", REMIT_VERSION, at, control, False, place.zone), remits, place)


def file_events(day: date, place: Place, claims: Sequence[Claim]) -> Iterator[Said]:
    """Yield the events that the adapter reads in those files. Raises UnreadableFile."""
    for text in files_of(day, place, claims):
        for item in read_file(BytesIO(text.encode()), f"{place.code}.x12"):
            if isinstance(item, Finding):
                raise UnreadableFile(str(item))
            yield _said(item, place)


def _said(event: Event, place: Place) -> Said:
    body = event.cloudevent()
    body["data"] = {"facility": place.code, **event.data}
    # A day or a clock reading of the facility; the adapter knows no zones.
    shown = datetime.fromisoformat(event.time).replace(tzinfo=ZoneInfo(place.zone))
    return Said(int(shown.timestamp()), CLEARINGHOUSE, EVENT, body)


def _control(day: date, other: date, kind: int) -> int:
    """Return a control number that no other file of the facility has."""
    return ((day - FIRST_DAY).days * 100 + min((other - day).days, 99)) * 100 + kind


def _moves(claims: Sequence[Claim], kind: type[M]) -> Iterator[tuple[Claim, M]]:
    return ((claim, move) for claim in claims for move in claim.moves if isinstance(move, kind))


def _by_day(claims: Sequence[Claim], kind: type[Submission]) -> dict[date, list[tuple[Claim, Submission]]]:
    found: dict[date, list[tuple[Claim, Submission]]] = defaultdict(list)
    for claim, move in _moves(claims, kind):
        found[move.day].append((claim, move))
    return found


def _acks(claims: Sequence[Claim]) -> dict[tuple[date, date], list[tuple[Claim, Ack]]]:
    found: dict[tuple[date, date], list[tuple[Claim, Ack]]] = defaultdict(list)
    for claim, move in _moves(claims, Ack):
        if move.entity == "payer":
            found[move.day, move.submission.day].append((claim, move))
    return found


def _remits(claims: Sequence[Claim]) -> dict[tuple[date, int], list[tuple[Claim, Remit]]]:
    found: dict[tuple[date, int], list[tuple[Claim, Remit]]] = defaultdict(list)
    for claim, move in _moves(claims, Remit):
        found[move.day, PAYERS.index(move.submission.payer)].append((claim, move))
    return found

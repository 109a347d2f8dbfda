"""Mappings as text: what a row of a file or a command says, as a change of the crosswalk."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from integrations.catalogue.code_kinds import code_kinds
from integrations.models import BEGINNING
from integrations.reference.crosswalk import NOT_OURS, Named, Target, UnknownTarget, target_called
from observability.accounts import audit
from tracing.storage.remap_plan import Change

COLUMNS = ("kind", "authority", "code", "target", "from", "to", "owner", "reason")
NOT_OURS_SAID = "not ours"
MAX_BYTES = 5_000_000
REFUSED = {
    "not_csv": f"The file is no CSV with the columns {', '.join(COLUMNS)}.",
    "kind": f"The kind is none of {', '.join(code_kinds())}.",
    "code": "Authority and code have 1 to 40 and 1 to 120 characters.",
    "target": "There is no such facility, department of that facility, or entity of the kind.",
    "day": "A day is written as 2026-03-01, and the last is not before the first.",
    "reason": f"A reason has at least {audit.MIN_REASON} characters.",
}


def stays(events: int) -> str:
    """Say of so many events that no mapping moves them."""
    some = f"{events:,} event" if events == 1 else f"{events:,} events"
    kept = "it was" if events == 1 else "they were"
    return f"{some} of before stay: {kept} taken in by a release that did not keep what messages call things."


class CannotRead(Exception):
    """A row cannot be read; `code` is a key of REFUSED."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSED[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: a change, or why it is none."""

    number: int
    change: Change | None
    refused: str = ""


def read(text: str) -> list[Row]:
    """Return the rows of a CSV file, what cannot be read with why. Raises CannotRead for no CSV."""
    found = csv.DictReader(io.StringIO(text))
    if not {"kind", "authority", "code", "target"} <= set(found.fieldnames or ()):
        raise CannotRead("not_csv")
    return list(_rows(found))


def _rows(found: Iterable[Mapping[str, str]]) -> Iterable[Row]:
    for number, said in enumerate(found, start=2):  # the first line names the columns
        try:
            yield Row(number, change_of(said))
        except CannotRead as exc:
            yield Row(number, None, exc.code)


def change_of(said: Mapping[str, str | None]) -> Change:
    """Return what one row says. An empty target ends what the code meant. Raises CannotRead."""
    words = {name: (said.get(name) or "").strip() for name in COLUMNS}
    if words["kind"] not in code_kinds():
        raise CannotRead("kind")
    named = Named(words["kind"], words["authority"], words["code"])
    if not 1 <= len(named.authority) <= 40 or not 1 <= len(named.code) <= 120:
        raise CannotRead("code")
    since, until = _day(words["from"]) or BEGINNING, _day(words["to"])
    if until is not None and until < since:
        raise CannotRead("day")
    try:
        audit.reason_of(words["reason"])
    except audit.ReasonTooShort as exc:
        raise CannotRead("reason") from exc
    return Change(named, _target(named, words["target"]), since, until, words["owner"][:120], words["reason"])


def _target(named: Named, text: str) -> Target | None:
    if text.lower() == NOT_OURS_SAID:
        return NOT_OURS
    try:
        return target_called(named, text) if text else None
    except UnknownTarget as exc:
        raise CannotRead("target") from exc


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise CannotRead("day") from exc
    if day == date.max:
        raise CannotRead("day")  # what ends has a day after its last one
    return day

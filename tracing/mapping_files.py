"""Mappings as text: rows of files, and what one of them says as a change of the crosswalk."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from integrations.catalogue.code_kinds import code_kinds
from integrations.catalogue.plans import Refusal, Row
from integrations.catalogue.register_fields import unprintable
from integrations.catalogue.register_files import Unreadable, text_of
from integrations.models import BEGINNING
from integrations.reference.crosswalk import NOT_OURS, Named, Target, UnknownTarget, target_called
from observability.accounts import audit
from observability.accounts.scopes import Scope
from observability.core.spreadsheet import STARTS_FORMULA, csv_text
from tracing.queries.crosswalk import believed_meanings
from tracing.storage.remap_plan import Change

COLUMNS = ("kind", "authority", "code", "target", "from", "to", "owner", "reason")
NOT_OURS_SAID = "not ours"
LIST = "mappings"  # what JSON calls them
MOST_ROWS = 1_000  # of a file on a page: each is tried while somebody waits
REFUSED = {
    "not_csv": f"The file is no CSV with the columns {', '.join(COLUMNS)}.",
    "not_json": f"The file is no JSON with a list {LIST} of objects whose values are texts.",
    "kind": f"The kind is none of {', '.join(code_kinds())}.",
    "code": "Authority and code have 1 to 40 and 1 to 120 characters.",
    "target": "There is no such facility, department of that facility, or entity of the kind.",
    "day": "A day is written as 2026-03-01, and the last is not before the first.",
    "reason": f"A reason has at least {audit.MIN_REASON} characters.",
    "value_unprintable": "This holds characters that cannot be shown.",
    "not_yours": "You do not decide on it at every facility, in every domain and class that it concerns.",
    "row_repeated": "An earlier row speaks of the same code and days.",
    "too_many_rows": f"The file has more than {MOST_ROWS:,} rows. The shell takes any number.",
    "neighbour_refused": "Another row of the same code is refused, and all of them are taken or none.",
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


def read(text: str) -> list[Row]:
    """Return the rows of a CSV or JSON file. Raises CannotRead where it is neither."""
    if text.lstrip().startswith("{"):
        return list(_rows(_from_json(text), first=1))
    found = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if not {"kind", "authority", "code", "target"} <= set(found.fieldnames or ()):
            raise CannotRead("not_csv")
        return list(_rows(map(_plain, found), first=2))  # the first line names the columns
    except csv.Error as exc:
        raise CannotRead("not_csv") from exc


class Files:
    """Files of mappings as the pages take and give them."""

    def read(self, data: bytes) -> tuple[list[Row], list[Refusal]]:
        """Return the rows of a file. Raises Unreadable."""
        try:
            rows = read(text_of(data))
        except CannotRead as exc:
            raise Unreadable(exc.code) from exc
        if len(rows) > MOST_ROWS:
            raise Unreadable("too_many_rows")
        return rows, []

    def written(self, entries: Mapping[Any, Mapping[str, str]], form: str) -> str:
        """Return mappings as a file."""
        return written(entries.values(), form)


def written(rows: Iterable[Mapping[str, str]], form: str) -> str:
    """Return mappings as CSV or JSON that `read` takes again without a change."""
    if form == "json":
        return json.dumps({LIST: list(rows)}, indent=1, ensure_ascii=False) + "\n"
    return csv_text(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])


def rows_in(*, scope: Scope, limit: int) -> list[dict[str, str]]:
    """Return what is believed of the codes of a scope, as rows of a file."""
    return [
        {
            "kind": each.kind,
            "authority": each.authority,
            "code": each.code,
            "target": each.target or NOT_OURS_SAID,
            "from": "" if each.valid_from == BEGINNING else each.valid_from.isoformat(),
            "to": each.valid_to.isoformat() if each.valid_to else "",
            "owner": each.owner,
            "reason": each.reason,
        }
        for each in believed_meanings(scope=scope, limit=limit)
    ]


def _from_json(text: str) -> list[Mapping[str, str]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise CannotRead("not_json") from exc
    rows = told.get(LIST)
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(value, str) for value in row.values()) for row in rows
    ):
        raise CannotRead("not_json")
    return rows


def _plain(row: Mapping[str, str]) -> dict[str, str]:
    """Return the cells as they were before `csv_text` kept a spreadsheet from running one."""
    return {
        name: cell[1:] if cell and cell[0] == "'" and cell[1:].startswith(STARTS_FORMULA) else cell
        for name, cell in row.items()
        if isinstance(cell, str)
    }


def _rows(found: Iterable[Mapping[str, str]], *, first: int) -> Iterable[Row]:
    for number, said in enumerate(found, start=first):
        words = {name: (said.get(name) or "").strip() for name in COLUMNS}
        if any(words.values()):
            yield Row(number, words["kind"], words)


def change_of(said: Mapping[str, str | None]) -> Change:
    """Return what one row says. An empty target ends what the code meant. Raises CannotRead."""
    words = {name: (said.get(name) or "").strip() for name in COLUMNS}
    named = named_in(words)
    since, until = _day(words["from"]) or BEGINNING, _day(words["to"])
    if until is not None and until < since:
        raise CannotRead("day")
    try:
        audit.reason_of(words["reason"])
    except audit.ReasonTooShort as exc:
        raise CannotRead("reason") from exc
    return Change(named, _target(named, words["target"]), since, until, words["owner"][:120], words["reason"])


def named_in(said: Mapping[str, str]) -> Named:
    """Return the code that a row is about. Raises CannotRead, also where a cell of it is no text to keep."""
    if any(map(unprintable, said.values())):
        raise CannotRead("value_unprintable")
    if said["kind"] not in code_kinds():
        raise CannotRead("kind")
    named = Named(said["kind"], said["authority"], said["code"])
    if not 1 <= len(named.authority) <= 40 or not 1 <= len(named.code) <= 120:
        raise CannotRead("code")
    return named


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

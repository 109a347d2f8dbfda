"""A file of mappings: what it would make of each code, shown first, then done just so, with what it moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from integrations.catalogue import plans
from integrations.catalogue.importing import Entries, Import
from integrations.catalogue.plans import Refusal, Row, StalePlan
from integrations.models import BEGINNING, LocalCode
from integrations.reference import crosswalk
from integrations.reference.crosswalk import Named, believed, lay, meant
from integrations.reference.dating import Stretch, shared
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tracing import mapping_files
from tracing.deciding import may_decide
from tracing.mapping_files import CannotRead, change_of, named_in
from tracing.storage import remap, unmapped
from tracing.storage.remap_plan import Change, terms_of

ABOUT = "crosswalk"  # of a kept plan
MOST_EXPORTED = 1_000_000
COLUMN_OF = {
    "day": "from",
    "not_yours": "code",
    "row_repeated": "from",
    "value_unprintable": "",
}  # where it is not called so itself
Written = list[list[str]]  # our code, first day, last day: "" where it goes on


@dataclass(frozen=True, slots=True)
class CodeChange:
    """What becomes of one code: all that it means and who answers for it, before and after."""

    kind: str
    authority: str
    code: str
    what: str  # added, changed, ended
    before: Written
    after: Written
    owner: list[str]  # before and after
    rows: list[dict[str, str]]  # what is said of it, as a file says it


Plan = plans.Plan[CodeChange]  # `unchanged` counts codes, not rows


@dataclass(frozen=True, slots=True)
class _Said:
    """One row: what it says, and its words with the code as it is kept."""

    change: Change
    words: dict[str, str]


class _Undo(Exception):
    """What was tried is taken back."""


def plan_of(rows: Iterable[Row], *, scope: Scope, refusals: Iterable[Refusal] = ()) -> Plan:
    """Return what `rows` would do, changing nothing. A code is taken with all of its rows or not."""
    rows = list(rows)
    refused = {each.number: each for each in refusals}
    said: dict[Named, dict[int, _Said]] = {}
    for row in rows:
        try:
            named, change = _read(row.values, scope)
            told = said.setdefault(named, {})
            if any(_meet(change, other.change) for other in told.values()):
                raise CannotRead("row_repeated")
        except CannotRead as exc:
            refused[row.number] = Refusal(row.number, exc.code, COLUMN_OF.get(exc.code, exc.code))
        else:
            told[row.number] = _Said(change, dict(row.values) | {"code": named.code})
    bad = {_named(row) for row in rows if row.number in refused}
    for name in [each for each in said if each in bad]:
        for number in said.pop(name):
            refused[number] = Refusal(number, "neighbour_refused", "code")
    found = _tried(said)
    changes = [each for each in found if (each.before, each.owner[0]) != (each.after, each.owner[1])]
    return Plan(changes, [refused[number] for number in sorted(refused)], len(found) - len(changes))


def said_of(codes: Iterable[CodeChange], *, scope: Scope) -> list[Change]:
    """Return what a plan says, row by row. Raises CannotRead, also where one may no longer decide."""
    return [_read(row, scope)[1] for each in codes for row in each.rows]


def apply(changes: list[CodeChange], *, scope: Scope, user: User | None, at: datetime) -> None:
    """Do what a plan says, all of it or nothing, and have the stored rows moved.

    Raises StalePlan, also where one may no longer decide: grants end between plan and apply.
    """
    with transaction.atomic(), audit.together():
        one_at_a_time(unmapped.LOCK)  # in the order of remap.decide
        one_at_a_time(crosswalk.LOCK)
        for each in changes:
            named = Named(each.kind, each.authority, each.code)
            if _standing(named) != (each.before, each.owner[0]):
                raise StalePlan
            try:
                said = said_of([each], scope=scope)
            except CannotRead as exc:
                raise StalePlan from exc
            for change in said:
                remap.decide(change, by=user, at=at)
            if _standing(named) != (each.after, each.owner[1]):
                raise StalePlan


def _read(values: Mapping[str, str], scope: Scope) -> tuple[Named, Change]:
    """Return the code of a row as it is kept, and what is said of it. Raises CannotRead."""
    named = named_in(values).spoken()
    if not may_decide(scope, named):
        raise CannotRead("not_yours")  # before anything else: what there is, is told to who decides on it
    change = change_of(values)
    if not may_decide(scope, named, change.target):
        raise CannotRead("target")
    return named, change


def _named(row: Row) -> Named | None:
    try:
        return named_in(row.values).spoken()
    except CannotRead:
        return None


def _meet(one: Change, other: Change) -> bool:
    """Say whether two changes speak of the same day."""
    return shared(Stretch(None, one.since, one.until), other.since, other.until) is not None


def _tried(said: Mapping[Named, Mapping[int, _Said]]) -> list[CodeChange]:
    """Return what becomes of each code: tried, and taken back."""
    found: list[CodeChange] = []
    try:
        with transaction.atomic():
            at = now()
            found += [_one(named, list(rows.values()), at) for named, rows in said.items()]
            raise _Undo
    except _Undo:
        return found


def _one(named: Named, rows: list[_Said], at: datetime) -> CodeChange:
    before, owner_was = _standing(named)
    for each in rows:
        lay(named, each.change.target, **terms_of(each.change, None, at))
    after, owner = _standing(named)
    what = "added" if not before else "ended" if _ends(before, after) else "changed"
    owners, words = [owner_was, owner], [each.words for each in rows]
    return CodeChange(named.kind, named.authority, named.code, what, before, after, owners, words)


def _ends(before: Written, after: Written) -> bool:
    """Say whether what went on without an end has one now."""
    return not before[-1][2] and not (after and not after[-1][2])


def _standing(named: Named) -> tuple[Written, str]:
    """Return what a code means on which days, and who answers for it."""
    code = LocalCode.objects.filter(kind=named.kind, authority=named.authority, code=named.code).first()
    meanings = [
        [
            meant(each),
            "" if each.valid_from == BEGINNING else each.valid_from.isoformat(),
            each.valid_to.isoformat() if each.valid_to else "",
        ]
        for each in believed(named)
    ]
    return meanings, code.owner if code else ""


def keyed(rows: Iterable[dict[str, str]]) -> Entries:
    """Return rows of a file by what orders them."""
    return {(row["kind"], row["authority"], row["code"], row["from"]): row for row in rows}


IMPORT = Import(
    about=ABOUT,
    change=CodeChange,
    files=mapping_files.Files,
    plan_of=lambda rows, *, scope, today, refusals: plan_of(rows, scope=scope, refusals=refusals),
    apply=apply,
    exported=lambda: keyed(mapping_files.rows_in(scope=Scope.system(), limit=MOST_EXPORTED)),
)

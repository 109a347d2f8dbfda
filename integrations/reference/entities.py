"""Change reference data: plan what rows would do on which days, then do just that, with history and audit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from integrations.catalogue import plans
from integrations.catalogue.importing import Import
from integrations.catalogue.plans import Refusal, Row
from integrations.catalogue.plans import StalePlan as StalePlan
from integrations.catalogue.reference_kinds import kinds
from integrations.catalogue.register_fields import Known, Refused
from integrations.models import Facility, System
from integrations.reference import timelines
from integrations.reference.exporting import exported
from integrations.reference.fitting import Standing
from integrations.reference.rows import Spoken, shape, spoken_of, whole
from integrations.reference.storing import Key, everything, write
from integrations.reference.timelines import Difference, Timeline, Written
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope

ABOUT = "reference"  # of a kept plan, and the lock of the verbs


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entity: all that holds of it, day by day, before and after."""

    kind: str
    code: str
    what: str  # added, changed, ended
    before: Written
    after: Written


Plan = plans.Plan[Change]  # `unchanged` counts entities, not rows


def differences(change: Change) -> list[Difference]:
    """Return what becomes different, field by field, and on which days."""
    return timelines.differences(timelines.read(change.before), timelines.read(change.after))


def may_decide(scope: Scope) -> bool:
    """Say whether somebody may change reference data: it is the same at every facility."""
    return scope.everything or Permission.MANAGE_CATALOGUE in scope.everywhere


def plan_of(rows: Iterable[Row], *, scope: Scope, today: date, refusals: Iterable[Refusal] = ()) -> Plan:
    """Return what `rows` would do, changing nothing. An entity is taken with all of its rows or not."""
    standing = everything()
    named: dict[Key, list[Row]] = {}
    for row in rows:
        named.setdefault((row.sort, row.values.get("code", "").strip()), []).append(row)
    refused = {each.number: each for each in refusals}
    wanted: dict[Key, Timeline] = {}
    known = _known()
    for key, said in named.items():
        before = standing.get(key, [])
        bad, after = _told(key, said, before, known, today) if may_decide(scope) else (_not_yours(said), [])
        refused |= {each.number: each for each in bad}
        if not bad:
            wanted[key] = after
    for key, (why, name) in _misfits(wanted, standing).items():
        refused |= {row.number: Refusal(row.number, why, name) for row in named[key]}
        del wanted[key]
    changes = [
        _change(key, standing.get(key, []), after)
        for key, after in wanted.items()
        if after != standing.get(key, [])
    ]
    ordered = [refused[number] for number in sorted(refused)]
    return Plan(changes, ordered, len(wanted) - len(changes))


def _not_yours(rows: list[Row]) -> list[Refusal]:
    return [Refusal(row.number, "reference_not_yours", field="") for row in rows]


def _told(
    key: Key, rows: list[Row], before: Timeline, known: Known, today: date
) -> tuple[list[Refusal], Timeline]:
    """Return what holds once all rows of an entity are said, or which of them cannot be."""
    bad: list[Refusal] = []
    spoken: list[Spoken] = []
    after = before
    kind = kinds()[key[0]]
    for row in sorted(rows, key=lambda each: each.values.get("valid_from", "")):
        try:
            each = spoken_of(row, kind, before, known, today)
            if any(each.meets(other) for other in spoken):
                raise Refused("row_repeated", name="valid_from")
            after = each.over(after, kind)
            whole(kind, after)
        except Refused as exc:
            bad.append(Refusal(row.number, exc.code, exc.name))
        else:
            spoken.append(each)
    if bad:
        numbers = {each.number for each in bad}
        bad += [
            Refusal(row.number, "neighbour_refused", field="code")
            for row in rows
            if row.number not in numbers
        ]
    return bad, after


def _misfits(wanted: Mapping[Key, Timeline], standing: Mapping[Key, Timeline]) -> dict[Key, tuple[str, str]]:
    """Return the entities that cannot become as wanted because of others: why, and the field that says so."""
    found: dict[Key, tuple[str, str]] = {}
    while True:
        there = Standing({**standing, **{key: each for key, each in wanted.items() if key not in found}})
        bad = {key: why for key in wanted if key not in found and (why := there.misfit(key))}
        if not bad:
            return found
        found |= bad


def _change(key: Key, before: Timeline, after: Timeline) -> Change:
    ends = bool(before) and before[-1].last is None and after[-1].last is not None
    what = "added" if not before else "ended" if ends else "changed"
    return Change(*key, what, timelines.written(before), timelines.written(after))


def apply(changes: list[Change], *, scope: Scope, user: User | None, at: datetime) -> None:
    """Do what a plan says, all of it or nothing.

    Raises StalePlan, also where one may no longer decide: grants end between plan and apply.
    """
    with transaction.atomic(), audit.together():
        one_at_a_time(ABOUT)
        standing = everything()
        wanted = {(each.kind, each.code): timelines.read(each.after) for each in changes}
        for each in changes:
            if timelines.read(each.before) != standing.get((each.kind, each.code), []):
                raise StalePlan
        if changes and (not may_decide(scope) or _misfits(wanted, standing)):
            raise StalePlan
        whats = {(each.kind, each.code): each.what for each in changes}
        write(wanted, standing, whats, user=user, at=at)


def _known() -> Known:
    return Known(
        facilities=set(Facility.objects.values_list("code", flat=True)),
        users=set(User.objects.values_list("username", flat=True)),
        systems=set(System.objects.values_list("code", flat=True)),
        interfaces=(),
    )


IMPORT = Import(
    about=ABOUT,
    change=Change,
    files=lambda: shape(kinds()),
    plan_of=plan_of,
    apply=apply,
    exported=exported,
)

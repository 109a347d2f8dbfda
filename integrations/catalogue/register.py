"""Change the register: plan what rows would do, then do just that, with history and audit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from integrations.catalogue import plans
from integrations.catalogue.importing import Import
from integrations.catalogue.plans import Refusal as Refusal
from integrations.catalogue.plans import Row as Row
from integrations.catalogue.plans import StalePlan as StalePlan
from integrations.catalogue.register_fields import (
    FIELDS,
    LISTS,
    SORTS,
    Field,
    Known,
    Refused,
    clean,
    parts,
    whole,
)
from integrations.catalogue.register_files import REGISTER
from integrations.models import Facility, Interface, RegisterChange, System
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope

MODELS: dict[str, type[System] | type[Interface]] = {"system": System, "interface": Interface}
Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry: field -> old and new."""

    sort: str
    code: str
    what: str  # added, changed, ended
    fields: dict[str, list[str]]


Plan = plans.Plan[Change]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is there now, and what the names in it mean."""

    entries: dict[tuple[str, str], Values]
    facilities: dict[str, int]
    users: dict[str, int]


def plan_of(rows: Iterable[Row], *, scope: Scope, refusals: Iterable[Refusal] = ()) -> Plan:
    """Return what `rows` would do, changing nothing. Rows outside of where one may decide are refused."""
    rows = list(rows)
    standing = _standing()
    plan = Plan(refusals=list(refusals))
    named = {sort: {row.values.get("code", "") for row in rows if row.sort == sort} for sort in SORTS}
    known = Known(
        facilities=standing.facilities,
        users=standing.users,
        systems=named["system"] | {code for sort, code in standing.entries if sort == "system"},
        interfaces=named["interface"] | {code for sort, code in standing.entries if sort == "interface"},
    )
    met: set[tuple[str, str]] = set()
    for row in rows:
        try:
            change = _change(row, standing, known, met, scope)
        except Refused as exc:
            plan.refusals.append(Refusal(row.number, exc.code, exc.name))
            continue
        if change is not None:
            plan.changes.append(change)
    settled = _without_orphans(plan, rows, standing)
    refused = {each.number for each in settled.refusals}
    taken = sum(row.number not in refused for row in rows)
    return Plan(settled.changes, settled.refusals, taken - len(settled.changes))


def _without_orphans(plan: Plan, rows: list[Row], standing: _Standing) -> Plan:
    """Refuse what refers to an entry that is neither there nor added in the end, and what replaces itself."""
    numbers = {(row.sort, row.values.get("code", "").strip()): row.number for row in rows}
    changes, refusals = list(plan.changes), list(plan.refusals)
    while True:
        there = set(standing.entries) | {(each.sort, each.code) for each in changes}
        replaced = _replaced(changes, standing)
        bad = [(each, "value_unknown", name) for each in changes if (name := _dangling(each, there))]
        bad += [(each, "replaces_itself", "predecessor") for each in changes if _circles(each, replaced)]
        if not bad:
            return Plan(changes, sorted(refusals, key=lambda each: each.number), 0)
        for each, why, name in bad:
            if each in changes:
                changes.remove(each)
                refusals.append(Refusal(numbers[each.sort, each.code], why, name))


def _dangling(change: Change, there: set[tuple[str, str]]) -> str | None:
    for spec in FIELDS[change.sort]:
        new = change.fields.get(spec.name, ["", ""])[1]
        if spec.reads in SORTS and new and (spec.reads, new) not in there:
            return spec.name
    return None


def _replaced(changes: Iterable[Change], standing: _Standing) -> dict[str, str]:
    """Return which interface each one would replace."""
    before = {
        code: said.get("predecessor", "")
        for (sort, code), said in standing.entries.items()
        if sort == "interface"
    }
    return before | {each.code: said[1] for each in changes if (said := each.fields.get("predecessor"))}


def _circles(change: Change, replaced: Mapping[str, str]) -> bool:
    """Say whether an interface would replace what replaces it, at whatever remove."""
    code, seen = change.fields.get("predecessor", ["", ""])[1], set[str]()
    while code and code != change.code and code not in seen:
        seen.add(code)
        code = replaced.get(code, "")
    return bool(code) and code == change.code


def _change(
    row: Row, standing: _Standing, known: Known, met: set[tuple[str, str]], scope: Scope
) -> Change | None:
    specs = {spec.name: spec for spec in FIELDS[row.sort]}
    code = clean(specs["code"], row.values.get("code", ""), known)
    if (row.sort, code) in met:
        raise Refused("row_repeated", "code")
    met.add((row.sort, code))
    before = standing.entries.get((row.sort, code))
    said = {name: clean(specs[name], text, known) for name, text in row.values.items() if name in specs}
    after = dict.fromkeys(specs, "") | (before or {}) | said
    for name, spec in specs.items():
        if spec.required and not after[name]:
            raise Refused("value_missing", name)
    whole(after)
    if not _may_change(scope, before, after, standing):
        raise Refused("not_yours", "facilities")
    old = before or dict.fromkeys(specs, "")
    fields = {name: [old[name], after[name]] for name in specs if old[name] != after[name]}
    if not fields:
        return None
    ended = before is not None and not old["ends_on"] and bool(after["ends_on"])
    return Change(row.sort, code, "added" if before is None else "ended" if ended else "changed", fields)


def _may_change(scope: Scope, before: Values | None, after: Values, standing: _Standing) -> bool:
    """Say whether somebody decides on all that an entry touches, before and after."""
    touched = [after] if before is None else [before, after]
    return all(may_decide(scope, values["facilities"], standing.facilities) for values in touched)


def may_decide(scope: Scope, facilities: str, ids: Mapping[str, int]) -> bool:
    """Say whether somebody may change an entry of these facilities: of all of them, that is."""
    if scope.everything or Permission.MANAGE_CATALOGUE in scope.everywhere:
        return True
    held = scope.to(Permission.MANAGE_CATALOGUE)
    return bool(facilities) and all(held.sees(ids[code]) for code in parts(facilities))


def apply(changes: list[Change], *, scope: Scope, user: User | None, at: datetime) -> None:
    """Do what a plan says, all of it or nothing.

    Raises StalePlan, also where one may no longer decide on all of it: grants end between plan and apply.
    """
    with transaction.atomic(), audit.together():
        one_at_a_time("register")
        standing = _standing()
        wanted = [each.code for each in changes]
        there = {
            (sort, each.code): each
            for sort, model in MODELS.items()
            for each in model.objects.filter(code__in=wanted)
        }
        for change in sorted(changes, key=lambda each: SORTS.index(each.sort)):
            before = standing.entries.get((change.sort, change.code))
            if (before is None) != (change.what == "added"):
                raise StalePlan
            if before is not None and any(before[name] != old for name, (old, _) in change.fields.items()):
                raise StalePlan
            after = (before or {"facilities": ""}) | {name: new for name, (_, new) in change.fields.items()}
            if not _may_change(scope, before, after, standing):
                raise StalePlan
            entry = there.get((change.sort, change.code)) or MODELS[change.sort](code=change.code)
            _write(entry, change, standing, user, at)
        RegisterChange.objects.bulk_create(
            RegisterChange(at=at, user=user, sort=each.sort, code=each.code, field=name, old=old, new=new)
            for each in changes
            for name, (old, new) in each.fields.items()
        )


def _write(
    entry: System | Interface, change: Change, standing: _Standing, user: User | None, at: datetime
) -> None:
    specs = {spec.name: spec for spec in FIELDS[change.sort]}
    for name, (_, new) in change.fields.items():
        setattr(entry, *_column(specs[name], new, standing))
    entry.save()
    audit.record(
        audit.Act.CATALOGUE_CHANGED,
        user=user,
        object_type=change.sort,
        object_id=entry.pk,
        at=at,
        reason=f"{change.what}: {', '.join(change.fields)}",
        facility_ids=entry.facility_ids,
    )


def _column(spec: Field, text: str, standing: _Standing) -> tuple[str, Any]:
    """Return the attribute and the value that the text of a field stands for."""
    if spec.reads == "facilities":
        return "facility_ids", [standing.facilities[code] for code in parts(text)]
    if spec.reads == "user":
        return f"{spec.name}_id", standing.users[text] if text else None
    if spec.reads in SORTS:
        return f"{spec.name}_id", text or None
    if spec.reads in LISTS:
        return spec.name, parts(text)
    if spec.reads == "day":
        return spec.name, date.fromisoformat(text) if text else None
    if spec.reads == "number":
        return spec.name, int(text) if text else None
    return spec.name, text


def _text(
    spec: Field, entry: System | Interface, places: Mapping[int, str], people: Mapping[int, str]
) -> str:
    if spec.reads == "facilities":
        return ";".join(sorted(places[id] for id in entry.facility_ids))
    if spec.reads == "user":
        return people.get(getattr(entry, f"{spec.name}_id"), "")
    value = getattr(entry, f"{spec.name}_id" if spec.reads in SORTS else spec.name)
    if spec.reads in LISTS:
        return ";".join(value)
    return "" if value is None else str(value)


def _standing(code: str | None = None) -> _Standing:
    facilities = dict(Facility.objects.values_list("code", "id"))
    users = dict(User.objects.values_list("username", "id"))
    places, people = {id: code for code, id in facilities.items()}, {id: name for name, id in users.items()}
    entries = {
        (sort, entry.code): {spec.name: _text(spec, entry, places, people) for spec in FIELDS[sort]}
        for sort, model in MODELS.items()
        for entry in (model.objects.filter(code=code) if code else model.objects.order_by("code"))
    }
    return _Standing(entries, facilities, users)


def declared(sort: str, code: str) -> Values | None:
    """Return one entry as text. Whether the asker may see it is for the caller to find out."""
    return _standing(code).entries.get((sort, code))


def everything_declared() -> dict[tuple[str, str], Values]:
    """Return every entry as text, by sort and code: what an export holds."""
    return _standing().entries


def id_of(sort: str, code: str) -> int:
    """Return what the audit calls an entry that is declared."""
    return MODELS[sort].objects.values_list("pk", flat=True).get(code=code)


IMPORT = Import(
    about="register",
    change=Change,
    files=lambda: REGISTER,
    plan_of=lambda rows, *, scope, today, refusals: plan_of(rows, scope=scope, refusals=refusals),
    apply=apply,
    exported=everything_declared,
)

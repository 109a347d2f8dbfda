"""Say what a local code means, from when until when. What was believed before stays on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY
from integrations.ingest.origins import spoken
from integrations.models import (
    BEGINNING,
    CodeMeaning,
    Facility,
    LocalCode,
    Place,
    PlaceKind,
    ReferenceEntity,
)
from integrations.reference.dating import Stretch, laid_over
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.core.keyring import veil_key

LOCK = "crosswalk"


class WrongTarget(Exception):
    """A code of this kind cannot mean that."""


class UnknownTarget(Exception):
    """There is nothing of that name that such a code could mean."""


@dataclass(frozen=True, slots=True)
class Named:
    """A code as somebody names it. Of a facility's code the authority is read without regard to case."""

    kind: str  # see catalogue/code_kinds.py
    authority: str
    code: str

    def spoken(self) -> "Named":
        """Return it as it is kept: a tax number under its pseudonym."""
        if self.kind != FACILITY:
            return self
        return Named(self.kind, *spoken(self.authority, self.code.strip(), veil_key()))


@dataclass(frozen=True, slots=True)
class Target:
    """What a code means: one of the three, or nothing: not ours."""

    facility_id: int | None = None
    department_id: int | None = None
    entity_id: int | None = None

    def fits(self, kind: str) -> bool:
        """Say whether a code of this kind can mean it."""
        if self.entity_id is not None:
            return ReferenceEntity.objects.filter(pk=self.entity_id, kind=kind).exists()
        return (self.facility_id is None or kind == FACILITY) and (
            self.department_id is None or kind == DEPARTMENT
        )


NOT_OURS = Target()


@dataclass(frozen=True, slots=True)
class Laid:
    """A code of which something has just changed, and what was believed of it before."""

    code: LocalCode
    before: list[CodeMeaning]
    moves: bool  # what it means has changed; else only who answers for it
    owner_was: str


def believed(named: Named) -> QuerySet[CodeMeaning]:
    """Return what a code is believed to mean now, in order of days."""
    named = named.spoken()
    meanings = CodeMeaning.objects.select_related("facility", "department", "entity")
    return meanings.filter(
        code__kind=named.kind, code__authority=named.authority, code__code=named.code, superseded_at=None
    ).order_by("valid_from")


def mean(
    named: Named,
    target: Target | None,
    *,
    since: date = BEGINNING,
    until: date | None = None,
    owner: str = "",
    reason: str,
    by: User | None,
    at: datetime,
) -> Laid | None:
    """Say what a code means on these days, over what was said of them before; None as the target ends it.

    Answers what changed, None where nothing did. `by` is None where the installation's own shell does it.
    Raises WrongTarget, audit.ReasonTooShort.
    """
    why = audit.reason_of(reason)
    with transaction.atomic():
        laid = lay(named, target, since=since, until=until, owner=owner, reason=why, by=by, at=at)
        if laid is None:
            return None
        audit.record(
            audit.Act.CODE_MAPPED,
            user=by,
            object_type="local_code",
            object_id=laid.code.pk,
            at=at,
            reason=why,
            changes={
                "before": _told(laid.before),
                "after": _told(believed(named)),
                **({"owner": [laid.owner_was, owner]} if owner and owner != laid.owner_was else {}),
            },
            facility_ids=_concerned(laid, target),
        )
        return laid


def _concerned(laid: Laid, target: Target | None) -> set[int]:
    """Return the facilities that a change is about: whose code it is, what it meant and what it means."""
    if laid.code.kind != FACILITY:
        return set(Facility.objects.filter(code=laid.code.authority).values_list("pk", flat=True))
    meant = [each.facility_id for each in laid.before] + [target.facility_id if target else None]
    return {each for each in meant if each is not None}


def lay(
    named: Named,
    target: Target | None,
    *,
    since: date,
    until: date | None,
    owner: str,
    reason: str,
    by: User | None,
    at: datetime,
) -> Laid | None:
    """Write what `mean` says without a record of it, in the transaction of the caller.

    By itself it is for who takes it back: a record would hold the audit's chain for as long as they look.
    Raises WrongTarget.
    """
    if target is not None and not target.fits(named.kind):
        raise WrongTarget
    named = named.spoken()
    one_at_a_time(LOCK)
    said: dict[str, Any] = {"kind": named.kind, "authority": named.authority, "code": named.code}
    if target is None and not LocalCode.objects.filter(**said).exists():
        return None  # what was never said does not end
    code, _ = LocalCode.objects.get_or_create(**said)
    known, owner_was = list(believed(named)), code.owner
    moves = _lay(code, known, target, since, until, reason, by, at)
    if owner and owner != owner_was:
        code.owner = owner
        code.save(update_fields=["owner"])
    return Laid(code, known, moves, owner_was) if moves or code.owner != owner_was else None


def _lay(
    code: LocalCode,
    known: list[CodeMeaning],
    target: Target | None,
    since: date,
    until: date | None,
    why: str,
    by: User | None,
    at: datetime,
) -> bool:
    targets = [_target(meaning) for meaning in known] + ([target] if target is not None else [])
    numbers = {each: n for n, each in enumerate(dict.fromkeys(targets))}
    stretches = {Stretch(numbers[_target(m)], m.valid_from, m.valid_to): m for m in known}
    value = None if target is None else numbers[target]
    wanted = laid_over(stretches, value=value, first=since, last=until)
    gone = [meaning for stretch, meaning in stretches.items() if stretch not in wanted]
    new = [stretch for stretch in wanted if stretch not in stretches]
    CodeMeaning.objects.filter(pk__in=[m.pk for m in gone]).update(superseded_at=at, superseded_by=by)
    by_number = {n: each for each, n in numbers.items()}
    for stretch in new:
        meant = by_number[stretch.value]
        CodeMeaning.objects.create(
            code=code,
            facility_id=meant.facility_id,
            department_id=meant.department_id,
            entity_id=meant.entity_id,
            valid_from=stretch.first,
            valid_to=stretch.last,
            reason=why,
            made_by=by,
            made_at=at,
        )
    return bool(gone or new)


def _target(meaning: CodeMeaning) -> Target:
    return Target(meaning.facility_id, meaning.department_id, meaning.entity_id)


def _told(meanings: Iterable[CodeMeaning]) -> list[dict[str, str]]:
    """Return meanings for the record: our own codes and days, no code that was sent."""
    return [{"means": meant(m), "from": str(m.valid_from), "to": str(m.valid_to or "")} for m in meanings]


def meant(meaning: CodeMeaning) -> str:
    """Return our own code for what a meaning says."""
    target = meaning.facility or meaning.department or meaning.entity
    return target.code if target else "not ours"


def target_called(named: Named, code: str) -> Target:
    """Return what our own code names: a facility, a department of the facility whose code it is, an entity.

    Raises UnknownTarget.
    """
    if named.kind == FACILITY:
        facility = Facility.objects.filter(code=code).first()
        found = Target(facility_id=facility.pk) if facility else None
    elif named.kind == DEPARTMENT:
        department = departments_of(named.authority).filter(code=code).first()
        found = Target(department_id=department.pk) if department else None
    else:
        entity = ReferenceEntity.objects.filter(kind=named.kind, code=code).first()
        found = Target(entity_id=entity.pk) if entity else None
    if found is None:
        raise UnknownTarget
    return found


def departments_of(facility_code: str) -> QuerySet[Place]:
    """Return the departments of a facility, and those within them."""
    direct = Q(upward__parent__kind=PlaceKind.FACILITY, upward__parent__code=facility_code)
    within = Q(
        upward__parent__upward__parent__kind=PlaceKind.FACILITY,
        upward__parent__upward__parent__code=facility_code,
    )
    return Place.objects.filter(direct | within, kind=PlaceKind.DEPARTMENT).distinct()

"""What the groups of an organisation give here: grants that come with a group and go with it.

A grant from a group says so (`source`); one that was given by hand is never touched.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from observability.accounts import audit, granting
from observability.accounts.granting import Terms
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import Grant, GroupRule, OutsideIdentity, User
from observability.accounts.roles import USUAL_CLASSES, Domain, PrivacyClass, Role
from observability.accounts.scopes import Scope

SOURCE = "group:"
MOST_TOLD = 100  # rules in one audit row; further ones are counted there, and each grant has its own row
RULES = "group rules"  # the lock of whoever reads rules to follow them, or changes them


class Overtaken(Exception):
    """Applying would do something else than the plan that was shown."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a group gives."""

    group: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Turn:
    """What a change of rules or groups means for one person; `stays` is what the last administrator keeps."""

    user: User
    gains: Sequence[Terms]
    loses: Sequence[Terms]
    stays: Sequence[Terms]


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a set of rules would change."""

    added: Sequence[Rule]
    removed: Sequence[Rule]
    turns: Sequence[Turn]

    @property
    def digest(self) -> str:
        """What tells this plan from any other."""
        turns = [
            (turn.user.pk, *(sorted(map(_told, each)) for each in (turn.gains, turn.loses, turn.stays)))
            for turn in self.turns
        ]
        said = [_rules_told(self.added), _rules_told(self.removed), turns]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def rules() -> list[Rule]:
    """Return the rules that stand."""
    return [Rule(row.group, terms_of(row)) for row in GroupRule.objects.order_by("group", "pk")]


def how_many() -> Counter[str]:
    """Return how many people had each group when they last came."""
    known = OutsideIdentity.objects.values_list("groups", flat=True)
    return Counter(group for theirs in known for group in theirs)


def gives_any(groups: Iterable[str]) -> bool:
    """Say whether any of these groups gives a role."""
    return GroupRule.objects.filter(group__in=list(groups)).exists()


def follow(*, user: User, groups: Sequence[str], at: datetime) -> bool:
    """Let the grants of somebody follow their groups; return whether they hold any grant then.

    What is gained comes first: somebody who moves from one group to another is not out in between.
    """
    with transaction.atomic():
        one_at_a_time(RULES)
        _take({user: set(groups)}, rules(), at, None)
        today = at.date()
        dated = Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today)
        return Grant.objects.filter(*dated, user=user, ended_at=None).exists()


def plan(wanted: Sequence[Rule], *, at: datetime, by: User | None = None) -> Plan:
    """Return what `apply` would change, by doing it and taking it back. Raises granting.OwnGrant."""
    with transaction.atomic():
        made = _applied(wanted, by, at)
        transaction.set_rollback(True)
    return made


def apply(
    wanted: Sequence[Rule], *, at: datetime, by: User | None = None, reason: str = "", planned: str = ""
) -> Plan:
    """Put these rules in place of those that stand and let everybody known follow; return what changed.

    Everybody by the groups of their last sign-in; who was never here follows when they come. `by` is None
    where the installation's own shell does it; somebody else gives a reason, and `planned`, the digest of
    the plan that they were shown. Raises audit.ReasonTooShort, granting.OwnGrant and Overtaken.
    """
    why = audit.reason_of(reason) if by is not None else reason
    with transaction.atomic():
        made = _applied(wanted, by, at)
        if by is not None and made.digest != planned:
            raise Overtaken
        if made.added or made.removed:
            audit.record(
                audit.Act.GROUP_RULES_CHANGED,
                user=by,
                object_type="group_rules",
                object_id="",
                at=at,
                reason=why,
                changes={"added": _rules_told(made.added), "removed": _rules_told(made.removed)},
            )
        return made


def _applied(wanted: Sequence[Rule], by: User | None, at: datetime) -> Plan:
    one_at_a_time(RULES)
    stand = rules()
    made = Plan(
        added=[rule for rule in wanted if rule not in stand],
        removed=[rule for rule in stand if rule not in wanted],
        turns=_take(_known(), wanted, at, by),
    )
    if made.added or made.removed:
        _keep(wanted)
    return made


def _rules_told(changed: Sequence[Rule]) -> list[str]:
    """Write rules with ids, which last longer than names."""
    told = [f"{rule.group}: {_told(rule.terms)}" for rule in changed[:MOST_TOLD]]
    more = len(changed) - len(told)
    return [*told, f"and {more} more"] if more else told


def _told(terms: Terms) -> str:
    where = "everywhere" if terms.facility_id is None else f"facility {terms.facility_id}"
    where = where if terms.place_id is None else f"place {terms.place_id}"
    named = sorted(frozenset(terms.classes) - USUAL_CLASSES)
    return ", ".join([terms.role, where, *([terms.domain] if terms.domain else []), *named])


def _keep(wanted: Sequence[Rule]) -> None:
    GroupRule.objects.all().delete()
    GroupRule.objects.bulk_create(
        GroupRule(
            group=rule.group,
            role=rule.terms.role,
            facility_id=rule.terms.facility_id,
            place_id=rule.terms.place_id,
            domain=rule.terms.domain,
            classes=sorted(rule.terms.classes),
        )
        for rule in wanted
    )


def _known() -> dict[User, set[str]]:
    """Return everybody who came by the provider, with the groups of their last sign-in, by name."""
    groups: dict[User, set[str]] = {}
    for each in OutsideIdentity.objects.select_related("user").order_by("user__username", "pk"):
        groups.setdefault(each.user, set()).update(each.groups)
    return groups


def _take(
    people: Mapping[User, Collection[str]], stand: Sequence[Rule], at: datetime, by: User | None
) -> list[Turn]:
    """Give and end what follows from people's groups; return those for whom something follows."""
    concerned = [user for user, groups in people.items() if any(_due(user, groups, stand, at))]
    _have_to_ourselves(concerned)
    turns = []
    for user in concerned:
        due, gone = _due(user, people[user], stand, at)
        gains = [terms for terms, group in due.items() if _given(user, terms, group, at, by)]
        loses = [terms_of(each) for each in gone if _ended(each, at, by)]
        stays = [terms_of(each) for each in gone if terms_of(each) not in loses]
        turns.append(Turn(user, gains, loses, stays))
    return turns


def _have_to_ourselves(people: Collection[User]) -> None:
    """Take every lock that giving and ending ask for, before the first act takes that of the audit.

    Others take one of these and then the audit's; whoever took one of them after that would wait in a ring.
    """
    if people:
        ids = sorted(user.pk for user in people)
        for name in (granting.ADMINISTRATORS, *(f"grants:{id}" for id in ids)):
            one_at_a_time(name)
        list(User.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))


def _due(
    user: User, groups: Collection[str], stand: Sequence[Rule], at: datetime
) -> tuple[dict[Terms, str], list[Grant]]:
    """Return what somebody is to be given, by which group, and which of their grants are to end."""
    given: dict[Terms, str] = {}
    for rule in stand:
        if rule.group in groups:
            given.setdefault(rule.terms, rule.group)
    still = Q(valid_to=None) | Q(valid_to__gte=at.date())
    held = list(Grant.objects.filter(still, user=user, ended_at=None).order_by("pk"))
    holds = {terms_of(grant) for grant in held}
    gone = [each for each in held if each.source.startswith(SOURCE) and terms_of(each) not in given]
    return {terms: group for terms, group in given.items() if terms not in holds}, gone


def _given(user: User, terms: Terms, group: str, at: datetime, by: User | None) -> bool:
    try:
        granting.give(
            scope=Scope.system(),
            to=user,
            terms=replace(terms, valid_from=at.date()),
            by=by,
            reason=f"Member of the group {group}",
            at=at,
            source=f"{SOURCE}{group}",
        )
    except (granting.AlreadyHeld, granting.NoSuchPlace):
        return False  # by hand in the meantime; or the place has ended since the rule was made
    return True


def _ended(grant: Grant, at: datetime, by: User | None) -> bool:
    reason = f"No member of the {grant.source.replace(':', ' ', 1)} any more, or it gives this no more"
    try:
        granting.end(scope=Scope.system(), grant=grant, by=by, reason=reason, at=at)
    except granting.LastAdministrator:
        return False  # stays until somebody else decides on access there
    return True


def terms_of(row: Grant | GroupRule) -> Terms:
    """Return what a grant or a rule gives, without its days."""
    return Terms(
        role=Role(row.role),
        facility_id=None if row.place_id is not None else row.facility_id,
        place_id=row.place_id,
        domain=Domain(row.domain) if row.domain else None,
        classes=frozenset(map(PrivacyClass, row.classes)),
    )

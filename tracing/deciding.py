"""Who may say what a code means: who manages the catalogue wherever it concerns events."""

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, PAYER
from integrations.catalogue.contracts import Contract, contracts
from integrations.models import CodeMeaning, Facility
from integrations.reference import entities
from integrations.reference.crosswalk import Named, Target
from observability.accounts.roles import Domain, Permission, PrivacyClass
from observability.accounts.scopes import Scope
from tracing.declarations import domains
from tracing.models import UnmappedCode

NEEDED = Permission.MANAGE_CATALOGUE


def domains_of(kind: str) -> frozenset[Domain]:
    """Return the domains in which codes of a kind occur: those of the workflows that its contracts speak to.

    Every contract may name a facility, and a span of any workflow a department and a payer.
    """
    known = domains()
    if kind in (FACILITY, DEPARTMENT, PAYER):
        return frozenset(known.values())
    workflows = {e.workflow for each in contracts().values() if _names(each, kind) for e in each.effects}
    return frozenset(known[workflow] for workflow in workflows if workflow in known)


def may_decide(scope: Scope, named: Named, target: Target | None = None) -> bool:
    """Say whether somebody may say that a code means this.

    A register's code, or everybody's, is decided on by who decides on reference data: it moves rows anywhere.
    A code of a sensitive department is decided on by who holds that class, and so is one that would take rows
    of it to a facility where it is not sensitive: that would show them.
    """
    if scope.everything:
        return True
    at = _facilities(named.spoken(), target)
    if not at:
        at = set(Facility.objects.values_list("pk", flat=True))
        if not entities.may_decide(scope):
            return False
    needed = domains_of(named.kind) or (None,)
    if not all(scope.allows_at(NEEDED, facility_id, domain) for facility_id in at for domain in needed):
        return False
    return not _uncovers(scope, named, target, at)


def _uncovers(scope: Scope, named: Named, target: Target | None, at: set[int]) -> bool:
    """Say whether this could show rows of a sensitive department, somewhere where that class is not held."""
    decides = scope.to(NEEDED)
    return any(
        not decides.holds(PrivacyClass.SENSITIVE, facility_id, domain)
        for facility_id in at
        if decides.protected.get(facility_id, frozenset()) & _uncovered(decides, named, target, facility_id)
        for domain in domains_of(DEPARTMENT)
    )


def _uncovered(scope: Scope, named: Named, target: Target | None, facility_id: int) -> frozenset[str]:
    """Return departments of a facility whose rows may be found under another name, or elsewhere, then."""
    if named.kind == DEPARTMENT:
        code = {"code__kind": named.kind, "code__authority": named.authority, "code__code": named.code}
        meant = CodeMeaning.objects.filter(**code, superseded_at=None)
        return frozenset({named.code, *meant.values_list("department__code", flat=True)})
    if named.kind == FACILITY and target and target.facility_id:
        here = scope.protected.get(facility_id, frozenset())
        return here - scope.protected.get(target.facility_id, frozenset())
    return frozenset()


def _names(contract: Contract, kind: str) -> bool:
    return any(rule.kind.name == kind for rule in contract.codes)


def _facilities(named: Named, target: Target | None) -> set[int]:
    """Return where events of a code stand, stood or would go; none: that is not told by the code."""
    code = {"code__kind": named.kind, "code__authority": named.authority, "code__code": named.code}
    if named.kind != FACILITY:
        return set(Facility.objects.filter(code=named.authority).values_list("pk", flat=True))
    meant = CodeMeaning.objects.filter(**code, superseded_at=None).exclude(facility=None)
    found = set(UnmappedCode.objects.filter(**code).values_list("facility_id", flat=True))
    found |= set(meant.values_list("facility_id", flat=True))
    # What it would mean alone says nothing of where its events stand now.
    return found | {target.facility_id} if found and target and target.facility_id else found

"""Where the transaction of an address belongs, for whoever explains why somebody sees it."""

from collections.abc import Mapping

from observability.accounts.explaining import Placement
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from tracing.declarations import domains
from tracing.models import Transaction


def placed(scope: Scope, arguments: Mapping[str, object]) -> Placement | None:
    """Return facility and domain of a transaction at a facility of the scope, and nothing else of it.

    For whoever reads such rows but not this one, as its department is sensitive, it is not there: that it is
    there for others would tell.
    """
    reads = scope.to(Permission.SEE_TRANSACTIONS)
    found = Transaction.objects.filter(
        pk=str(arguments["transaction_id"]), facility_id__in=scope.facility_ids
    ).values_list("facility_id", "workflow", "department")
    for facility_id, workflow, department in found:
        domain = domains().get(workflow)
        if facility_id is None or domain is None:
            continue
        if not (reads.sees(facility_id, domain) and reads.protects(facility_id, domain, department)):
            return Placement(facility_id, domain)
    return None

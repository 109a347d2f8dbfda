"""What a transaction is called on a page: its workflow and the end of the identifier people know it by."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from integrations.catalogue.key_kinds import kinds
from observability.accounts.roles import PrivacyClass
from observability.accounts.scopes import Scope
from observability.core.display import mask
from tracing.queries.titles import Titled, known_by
from tracing.rules.workflow import Workflow

# The instance key of a claim is made by us; people know the claim by the number it was sent under.
SHOWN_AS = {"claim": "patient_control_number"}


def title_kind(workflow: Workflow) -> str:
    """Return the kind of identifier that names an instance to people."""
    return SHOWN_AS.get(workflow.instance, workflow.instance)


def titles_of(scope: Scope, rows: Sequence[Titled], workflows: Mapping[str, Workflow]) -> dict[UUID, str]:
    """Return the title of each transaction of a list."""
    wanted = {title_kind(workflow) for workflow in workflows.values()}
    found = known_by(scope=scope, rows=rows, kinds=sorted(wanted))
    titles = {}
    for row in rows:
        workflow = workflows[row.workflow]
        last = found.get(row.id, {}).get(title_kind(workflow))
        if last is not None and not may_see(scope, row, workflow):
            last = None
        titles[row.id] = workflow.title if last is None else f"{workflow.title} {mask(last)}"
    return titles


def may_see(scope: Scope, row: Titled, workflow: Workflow) -> bool:
    """Say whether the end of the identifier that names it may stand in its title."""
    kind = kinds().get(title_kind(workflow))
    return kind is None or scope.holds(PrivacyClass(kind.privacy_class), row.facility_id, workflow.domain)


def kind_title(kind: str) -> str:
    """Return what a kind of identifier is called."""
    known = kinds().get(kind)
    return known.title if known else kind

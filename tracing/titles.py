"""What a transaction is called on a page: its workflow and the end of the identifier people know it by."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from integrations.catalogue.key_kinds import kinds
from observability.accounts.scopes import Scope
from observability.core.display import mask
from tracing.queries.titles import known_by
from tracing.rules.workflow import Workflow

# The instance key of a claim is made by us; people know the claim by the number it was sent under.
SHOWN_AS = {"claim": "patient_control_number"}


class Titled(Protocol):
    """A transaction of some list."""

    @property
    def id(self) -> UUID:
        """Which one."""

    @property
    def workflow(self) -> str:
        """The name of its workflow."""

    @property
    def facility_id(self) -> int:
        """Where it belongs."""


def title_kind(workflow: Workflow) -> str:
    """Return the kind of identifier that names an instance to people."""
    return SHOWN_AS.get(workflow.instance, workflow.instance)


def titles_of(scope: Scope, rows: Sequence[Titled], workflows: Mapping[str, Workflow]) -> dict[UUID, str]:
    """Return the title of each transaction of a list."""
    wanted = {title_kind(workflow) for workflow in workflows.values()}
    places = {row.id: row.facility_id for row in rows}
    found = known_by(scope=scope, places=places, kinds=sorted(wanted))
    titles = {}
    for row in rows:
        workflow = workflows[row.workflow]
        last = found.get(row.id, {}).get(title_kind(workflow))
        titles[row.id] = workflow.title if last is None else f"{workflow.title} {mask(last)}"
    return titles


def kind_title(kind: str) -> str:
    """Return what a kind of identifier is called."""
    known = kinds().get(kind)
    return known.title if known else kind

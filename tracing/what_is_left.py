"""Everything the page of a purged transaction shows."""

from datetime import datetime
from typing import Any

from tracing import words
from tracing.declarations import versions
from tracing.queries.purged import Left
from tracing.rules.phases import Phase
from tracing.states import SETTLED


def page(left: Left, at: datetime) -> dict[str, Any]:
    """Return `left` for templates/tracing/purged.html."""
    declared = {each.version: each for each in versions().get(left.workflow, ())}
    known = declared.get(left.workflow_version)
    title = known.title if known else left.workflow.replace("_", " ").capitalize()
    basis = words.basis(known.amount) if known else ""
    amounts = [("Amount", left.amount, basis), ("Paid", left.paid, ""), ("Denied", left.denied, "")]
    return {
        "at": at,
        "zone": left.zone,
        "title": title,
        "facility": left.facility,
        "state": SETTLED.get(Phase(left.phase)),
        "outcome": left.outcome,
        "purged_at": left.purged_at,
        "figures": [
            {"label": label, "value": value, "kind": "exact", "basis": note}
            for label, value, note in amounts
            if value is not None
        ]
        + [
            {"label": "First seen", "value": left.first_at, "kind": "moment", "note": ""},
            {"label": "Last event", "value": left.last_at, "kind": "moment", "note": ""},
        ],
        "facts": [
            {"label": "Facility", "value": left.facility},
            {"label": "Workflow", "value": f"{title}, version {left.workflow_version}"},
            {"label": "Events it had", "value": left.facts, "kind": "number"},
            {"label": "Closed", "value": left.closed_at, "kind": "moment"},
            {"label": "Purged", "value": left.purged_at, "kind": "moment"},
            {"label": "Under policy", "value": left.policy, "kind": "code"},
            {"label": "Proof", "value": f"audit row {left.audit_seq:,}" if left.audit_seq else None},
            {"label": "Id", "value": str(left.id), "kind": "code"},
        ],
    }

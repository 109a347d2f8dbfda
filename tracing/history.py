"""What the page of a transaction tells of its numbers: what was merged, moved, replaced and taken back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse

from integrations.catalogue.key_kinds import kinds
from observability.accounts.roles import PrivacyClass
from observability.accounts.scopes import Scope
from observability.core.display import mask
from tracing import titles
from tracing.known_as import is_hidden
from tracing.queries.history import Mask, Renamed, masks_of, renamed_of
from tracing.queries.keys import KeySeen
from tracing.queries.transaction import One
from tracing.rules.aliases import Names, Standing
from tracing.rules.workflow import Workflow

Context = dict[str, Any]
MERGED = "key.merged.v1"
STANDING = {
    Standing.HOLDS: "",
    Standing.OVERRULED: "A later one says otherwise, and holds.",
    Standing.CIRCULAR: "Later ones lead back to the old number, so it stays.",
}


def told(scope: Scope, of: One, workflow: Workflow, known: Sequence[KeySeen]) -> list[Context]:
    """Return the history of a transaction's numbers, oldest first; identifiers stay masked."""
    rows = [
        row
        for row in renamed_of(scope=scope, of=of, tokens={key.token for key in known})
        if not is_hidden(row.kind)
    ]
    if not rows:
        return []
    tokens = {token for row in rows for token in (row.old, row.new, row.within) if token is not None}
    masks = masks_of(scope=scope, of=of, tokens=tokens)
    names = Names(row.alias for row in rows if row.undone_at is None)
    return [_row(row, masks, names, scope, of, workflow) for row in rows]


def _row(
    row: Renamed, masks: dict[UUID, Mask], names: Names, scope: Scope, of: One, workflow: Workflow
) -> Context:
    def shown(token: UUID) -> str:
        found = masks.get(token)
        known = kinds().get(found.kind) if found else None
        if found is None or known is None:
            return ""
        needed = PrivacyClass(known.privacy_class)
        return mask(found.last) if scope.holds(needed, of.facility_id, workflow.domain) else mask("")

    title = titles.kind_title(row.kind)
    old, new = shown(row.old), shown(row.new)
    if row.type == MERGED:
        words = f"{title} {old} was merged into {new}"
    elif row.within is None:
        words = f"{title} {old} was replaced by {new}"
    else:
        moved = masks.get(row.within)
        what = titles.kind_title(moved.kind) if moved else "A part"
        words = f"{what} {shown(row.within)} moved from {title.lower()} {old} to {new}"
    return {
        "event_id": row.event_id,
        "undo_url": reverse("tracing:restore", args=[of.id, row.event_id]),
        "words": " ".join(words.split()),
        "at": row.occurred_at,
        "by": row.said_by or "by hand",
        "undone_at": row.undone_at,
        "standing": STANDING[names.standing(row.alias)] if row.undone_at is None else "",
    }

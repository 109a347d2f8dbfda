"""What the page of a transaction offers to who may merge its numbers, and what a form of it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from integrations.catalogue.key_kinds import kinds
from integrations.models import Facility
from observability.accounts.models import User
from observability.accounts.roles import Permission, PrivacyClass
from observability.accounts.scopes import Scope
from observability.core.display import mask
from observability.core.resealing import opened
from observability.core.seal import CannotOpen
from tracing import titles
from tracing.declarations import latest
from tracing.queries.keys import KeySeen, keys_of
from tracing.queries.transaction import One
from tracing.storage import by_hand

Context = dict[str, Any]
# What the contract of merges calls the kinds that people know.
CASES = {
    "account": "account",
    "encounter": "encounter",
    "mrn": "mrn",
    "order": "order",
    "charge": "charge",
    "patient_control_number": "claim",
    "payer_claim_control": "payer_claim_control",
}
CHOOSE = "Choose which number of this transaction goes."
MISSING = "Write the number that is left."
CANNOT_OPEN = "This number cannot be opened: the key that sealed it is not here."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that was sent and refused: its values and why."""

    token: str = ""
    new: str = ""
    reason: str = ""
    error: str = ""
    undo: str = ""  # the event that was to be taken back, where it was that


def offered(scope: Scope, of: One, known: Iterable[KeySeen]) -> Context:
    """Return what the dialog of a merge shows, and whether the history's acts may be done."""
    allowed = scope.allows_at(Permission.MERGE_KEYS, of.facility_id, latest(of.workflow).domain)
    return {
        "allowed": allowed,
        "url": reverse("tracing:merge", args=[of.id]),
        "options": [
            {"value": str(key.token), "label": f"{titles.kind_title(key.kind)} {mask(key.last)}"}
            for key in (_mergeable(scope, of, known) if allowed else ())
        ],
        "attempt": Attempt(),
    }


def _mergeable(scope: Scope, of: One, known: Iterable[KeySeen]) -> list[KeySeen]:
    mine = scope.to(Permission.MERGE_KEYS)
    domain = latest(of.workflow).domain
    return [
        key
        for key in known
        if key.kind in CASES
        and not key.former
        and mine.holds(PrivacyClass(kinds()[key.kind].privacy_class), of.facility_id, domain)
    ]


def merge(form: Mapping[str, str], *, scope: Scope, user: User, of: One, at: datetime) -> None:
    """Merge one number of a transaction into the one that the form names.

    Raises by_hand.CannotRename, audit.ReasonTooShort and PermissionDenied.
    """
    known = keys_of(scope=scope, of=of)
    key = next((key for key in _mergeable(scope, of, known) if str(key.token) == form.get("token")), None)
    if key is None:
        raise by_hand.CannotRename(CHOOSE)
    new = form.get("new", "").strip()
    if not new:
        raise by_hand.CannotRename(MISSING)
    try:
        old = opened(token=key.token.bytes, kind=key.kind, sealed=bytes(key.sealed), kid=key.key_id)
    except CannotOpen as exc:
        raise by_hand.CannotRename(CANNOT_OPEN) from exc
    issuer = key.issuer.rpartition("@")[0]
    data = {"kind": CASES[key.kind], "old": old, "new": new, **({"issuer": issuer} if issuer else {})}
    by_hand.rename(
        by_hand.MERGED, data, scope=scope, user=user, facility=Facility.objects.get(pk=of.facility_id),
        reason=form.get("reason", ""), at=at, expected=key.token,
    )  # fmt: skip


def attempt_of(form: Mapping[str, str], error: str) -> Attempt:
    """Return what was tried, as the dialog shows it again."""
    return Attempt(form.get("token", ""), form.get("new", ""), form.get("reason", ""), error)


def undo_of(event_id: UUID, error: str) -> Attempt:
    """Return the undoing that was tried."""
    return Attempt(error=error, undo=str(event_id))

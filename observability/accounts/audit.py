"""Write down who did or saw what, in the transaction of the act itself."""

from datetime import datetime
from enum import StrEnum

from django.db import connection

from observability.accounts.models import AuditRow, User
from observability.core import request_id

MAX_REASON = 300


class Act(StrEnum):
    """Everything that leaves an audit row."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_BLOCKED = "sign_in_blocked"
    SIGNED_OUT = "signed_out"
    REVEALED = "revealed"
    CONNECTOR_CREATED = "connector_created"
    CREDENTIAL_ISSUED = "credential_issued"
    CREDENTIAL_REVOKED = "credential_revoked"
    CREDENTIAL_QUARANTINED = "credential_quarantined"
    PLACE_MADE = "place_made"
    PLACE_MOVED = "place_moved"
    SEAL_KEY_ADDED = "seal_key_added"
    SEAL_KEY_DROPPED = "seal_key_dropped"
    GRANTED = "granted"
    GRANT_ENDED = "grant_ended"
    GRANT_REVIEWED = "grant_reviewed"
    ACCESS_EXPORTED = "access_exported"
    GLASS_OPENED = "glass_opened"
    GLASS_VIEWED = "glass_viewed"
    GLASS_ENDED = "glass_ended"
    GLASS_ACKNOWLEDGED = "glass_acknowledged"


class NotInTransaction(Exception):
    """An act and its audit row must stand or fall together, so there has to be a transaction."""


def record(
    act: Act, *, user: User | None, object_type: str, object_id: object, at: datetime, reason: str = ""
) -> AuditRow:
    """Add one audit row and return it. `object_id` is an id of ours, never an identifier that was sent.

    Raises NotInTransaction outside of one, and whatever the database raises: then the act fails too.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(act)
    return AuditRow.objects.create(
        at=at,
        user=user,
        act=act,
        object_type=object_type,
        object_id=str(object_id),
        reason=reason[:MAX_REASON],
        request_id=request_id.current(),
    )

"""Write down who did or saw what, in the transaction of the act itself."""

import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from observability.accounts import chain
from observability.accounts.models import AuditRow, User
from observability.core import keyring, origin, request_id

MIN_REASON, MAX_REASON = 10, 300  # letters
_waiting: ContextVar[list[AuditRow] | None] = ContextVar("waiting", default=None)  # see `together`
# The lock of this row orders all acts: it is held until the act's transaction ends, so record late in it.
HEAD = "SELECT seq, hash FROM audit_head FOR UPDATE"
MOVE = "UPDATE audit_head SET seq = %s, hash = %s"
ROLES = """
SELECT coalesce(string_agg(DISTINCT role, ', ' ORDER BY role), '') FROM "grant"
 WHERE user_id = %(user)s AND ended_at IS NULL
   AND (valid_from IS NULL OR valid_from <= %(today)s) AND (valid_to IS NULL OR valid_to >= %(today)s)
"""


class Act(StrEnum):
    """Everything that leaves an audit row."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_BLOCKED = "sign_in_blocked"
    IDENTITY_ACCEPTED = "identity_accepted"  # by the organisation's own sign-in; a second factor is asked for
    IDENTITY_CONFIRMED = "identity_confirmed"  # by the organisation's own sign-in, of somebody signed in
    PASSWORD_ACCEPTED = "password_accepted"  # noqa: S105 - and a second factor is asked for
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    DISPLAY_MADE = "display_made"
    DISPLAY_STARTED = "display_started"
    DISPLAY_ENDED = "display_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an act
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    PERSON_ADDED = "person_added"
    PERSON_SWITCHED_OFF = "person_switched_off"
    PERSON_SWITCHED_ON = "person_switched_on"
    DEPARTMENT_PROTECTED = "department_protected"
    DEPARTMENT_UNPROTECTED = "department_unprotected"
    REVEALED = "revealed"
    CONNECTOR_CREATED = "connector_created"
    CREDENTIAL_ISSUED = "credential_issued"
    CREDENTIAL_REVOKED = "credential_revoked"
    CREDENTIAL_QUARANTINED = "credential_quarantined"
    PLACE_MADE = "place_made"
    PLACE_MOVED = "place_moved"
    PLACE_RENAMED = "place_renamed"
    PLACE_ENDED = "place_ended"
    PLACE_OWNED = "place_owned"
    SEAL_KEY_ADDED = "seal_key_added"
    SEAL_KEY_DROPPED = "seal_key_dropped"
    KEYS_RENAMED = "keys_renamed"
    KEYS_RESTORED = "keys_restored"
    IDS_REKEYED = "ids_rekeyed"
    INVENTORY_EXPORTED = "inventory_exported"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    GROUP_RULES_CHANGED = "group_rules_changed"
    GRANTED = "granted"
    GRANT_ENDED = "grant_ended"
    GRANT_REVIEWED = "grant_reviewed"
    ACCESS_EXPORTED = "access_exported"
    MEASURE_EXPORTED = "measure_exported"
    ACCESS_EXPLAINED = "access_explained"
    VIEWING_BEGUN = "viewing_begun"
    VIEWING_ENDED = "viewing_ended"
    GLASS_OPENED = "glass_opened"
    GLASS_VIEWED = "glass_viewed"
    GLASS_ENDED = "glass_ended"
    GLASS_ACKNOWLEDGED = "glass_acknowledged"
    CATALOGUE_CHANGED = "catalogue_changed"
    CATALOGUE_EXPORTED = "catalogue_exported"
    PROPOSAL_DISMISSED = "proposal_dismissed"
    PROPOSAL_RESTORED = "proposal_restored"
    CODE_MAPPED = "code_mapped"
    REFERENCE_CHANGED = "reference_changed"
    REFERENCE_EXPORTED = "reference_exported"
    HOLD_PLACED = "hold_placed"
    HOLD_LIFT_ASKED = "hold_lift_asked"
    HOLD_LIFTED = "hold_lifted"
    PURGED = "purged"
    DAY_DROPPED = "day_dropped"
    ROWS_MOVED = "rows_moved"
    DENIED = "denied"
    SEARCHED = "searched"
    TRANSACTION_VIEWED = "transaction_viewed"
    TRANSACTIONS_LISTED = "transactions_listed"
    AUDIT_VIEWED = "audit_viewed"
    AUDIT_EXPORTED = "audit_exported"
    WORDS_ERASED = "words_erased"


class ReasonTooShort(Exception):
    """The act needs a reason that somebody else can judge later."""


class NotOnRecord(Exception):
    """The audit row cannot be written, so the act must not happen; pages answer `audit_unavailable`."""


class NotInTransaction(Exception):
    """An act and its audit row must stand or fall together, so there has to be a transaction."""


def reason_of(text: str) -> str:
    """Return a reason as it is kept. Raises ReasonTooShort."""
    why = text.strip()[:MAX_REASON]
    if len(why) < MIN_REASON:
        raise ReasonTooShort
    return why


def record(
    act: Act,
    *,
    user: User | None,
    object_type: str,
    object_id: object,
    at: datetime,
    reason: str = "",
    outcome: str = "done",
    changes: object = None,
    mentions: Iterable[UUID] = (),
    facility_ids: Iterable[int] = (),
    connector: str = "",
) -> AuditRow:
    """Add one audit row at the head of the chain and return it.

    `object_id` is an id of ours, never an identifier that was sent; `mentions` are further ids and tokens
    that the act was about; `facility_ids` are where its object is, empty for what concerns the whole
    installation. `connector` names one that acted itself. Raises NotInTransaction outside of one, and
    NotOnRecord where there is no audit key or the database refuses: then the act fails too.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(act)
    with _or_nothing_happens(act):
        ring = keyring.audit_keys()
        key, asked = ring.keys[ring.current], origin.current()
        row = AuditRow(
            at=at,
            user_id=user.pk if user else None,
            actor=user.get_username() if user else connector or asked.operator,
            actor_type="person" if user or asked.session() else "connector" if connector else "system",
            role=_roles(user, at),
            source_ip=asked.address(),
            session_hash=session_hash(asked.session()),
            act=str(act),
            object_type=object_type,
            object_id=str(object_id),
            outcome=outcome,
            reason=reason[:MAX_REASON],
            changes=changes,
            mentions=sorted(set(mentions)),
            facility_ids=sorted(set(facility_ids)),
            request_id=request_id.current(),
            trace_id=asked.trace_id,
            kid=ring.current,
        )
        row.changes_hash = chain.words_hash(key, row.reason, row.changes)
        (_append if (later := _waiting.get()) is None else later.append)(row)
        return row


@contextmanager
def together() -> Iterator[None]:
    """Number and chain what is recorded within at its end: of many acts, the head is held for that alone.

    It ends in the transaction of the acts, and none of these is taken back within by itself: its row would
    stay. Raises NotInTransaction, NotOnRecord.
    """
    rows: list[AuditRow] = []
    outer = _waiting.set(rows)
    try:
        yield
    finally:
        _waiting.reset(outer)
    if rows:
        if not connection.in_atomic_block:
            raise NotInTransaction(rows[0].act)
        with _or_nothing_happens(rows[0].act):
            for row in rows:
                _append(row)


def record_export(
    act: Act, *, user: User, what: str, which: object = "", at: datetime, facility_ids: Iterable[int]
) -> None:
    """Put on record that somebody takes out what these facilities have, before it leaves: no row, no file."""
    with transaction.atomic():
        record(act, user=user, object_type=what, object_id=which, at=at, facility_ids=facility_ids)


@contextmanager
def _or_nothing_happens(act: str) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, ImproperlyConfigured, OSError) as exc:
        raise NotOnRecord(f"{act} cannot be put on record") from exc


def _append(row: AuditRow) -> None:
    """Number and chain a row, under the lock of the head: no gaps, no forks."""
    key = keyring.audit_keys().keys[row.kid]
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        seq, row.prev_hash = cursor.fetchone()
        row.seq = seq + 1
        row.hash = chain.hash_of(key, vars(row))
        cursor.execute(MOVE, [row.seq, row.hash])
    row.save(force_insert=True)


def _roles(user: User | None, at: datetime) -> str:
    if user is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(ROLES, {"user": user.pk, "today": at.date()})
        return str(cursor.fetchone()[0])


def session_hash(session: str) -> str:
    """Tell sessions apart without keeping, or showing, what would open one."""
    return hmac.digest(settings.SECRET_KEY.encode(), session.encode(), "sha256").hex() if session else ""

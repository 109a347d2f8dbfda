"""Merges, moves and undoings that a person says, by the rules and the way of those that connectors post."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from integrations.catalogue.contracts import contracts
from integrations.ingest.accept import context_of
from integrations.ingest.codes import ITEM_CODES
from integrations.ingest.decoders.cloudevents import WireEvent
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.event_rules import event_record
from integrations.ingest.records import Event, micros
from integrations.models import Facility
from observability.accounts import audit
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from tracing.declarations import domains
from tracing.models import Identifier, KeyAlias, KeyAliasUndone, TransactionKey
from tracing.storage.apply import apply
from tracing.storage.heard import Received
from tracing.storage.repoint import CannotRepoint, Purged

MERGED, MOVED, RESTORED = "key.merged.v1", "key.moved.v1", "key.restored.v1"
BY_HAND = 0  # in the place of a connector and its key; no connector has it
SOURCE = "throughline:by-hand"
UNKNOWN = "Nothing has come under the old number at this facility, by this issuer."
UNDONE = "It is undone already."
PURGED = "The transaction of that number was purged when its time was up; nothing can be merged into it."
TOO_WIDE = "More transactions would be touched than one merge may; see THROUGHLINE_MERGE_TRANSACTIONS."


class CannotRename(Exception):
    """What was asked for cannot be done; the words say why, and hold no number."""


def rename(
    type: str,
    data: Mapping[str, Any],
    *,
    scope: Scope,
    user: User | None,
    facility: Facility,
    reason: str,
    at: datetime,
    expected: UUID | None = None,
) -> UUID:
    """Merge or move keys of one facility as `data` of the contract `type` says; return the event's id.

    `expected`: the token of the old number, where it is known; nothing else is renamed then. Leaves an audit
    row with the tokens of the keys. Raises PermissionDenied, audit.ReasonTooShort and CannotRename.
    """
    if not scope.allows_at(Permission.MERGE_KEYS, facility.pk):
        raise PermissionDenied
    why = audit.reason_of(reason)
    event = _event(type, data, facility, at)
    old = UUID(bytes=event.aliases[0].old)
    if expected not in (None, old) or not Identifier.objects.filter(token=old).exists():
        raise CannotRename(UNKNOWN)
    named = [UUID(bytes=token) for each in event.aliases for token in (each.old, each.new)]
    if not _may(scope, (facility.pk,), named):
        raise CannotRename(UNKNOWN)  # where one may not rename, nothing has come
    _say(event, audit.Act.KEYS_RENAMED, user, (facility.pk,), why, at)
    return UUID(bytes=event.event_id)


def restore(event_id: UUID, *, scope: Scope, user: User | None, reason: str, at: datetime) -> UUID:
    """Take back what an event said of keys, whoever said it; return the id of the event that does.

    Raises PermissionDenied, also where there is no such event, audit.ReasonTooShort and CannotRename.
    """
    facilities = set(KeyAlias.objects.filter(event_id=event_id).values_list("facility_id", flat=True))
    renamed = KeyAlias.objects.filter(event_id=event_id).values_list("old", "new")
    named = [id for pair in renamed for id in pair]
    if not facilities or not _may(scope, facilities, named):
        raise PermissionDenied
    why = audit.reason_of(reason)
    if KeyAliasUndone.objects.filter(undoes=event_id).exists():
        raise CannotRename(UNDONE)
    facility = Facility.objects.get(pk=min(facilities))
    said = _event(RESTORED, {"undoes": str(event_id)}, facility, at)
    # By hand every event is named by our own id: a person does not know what its sender called it.
    event = msgspec.structs.replace(said, undoes=event_id.bytes)
    _say(event, audit.Act.KEYS_RESTORED, user, facilities, why, at, mentions=(event_id,))
    return UUID(bytes=event.event_id)


def _may(scope: Scope, facilities: Iterable[int], named: Iterable[UUID]) -> bool:
    """Say whether somebody may rename these keys, or transactions, in every domain that follows them."""
    carried = Q(token__in=named) | Q(transaction_id__in=named)
    workflows = TransactionKey.objects.filter(carried).values_list("workflow", flat=True).distinct()
    followed = [domains().get(each) for each in workflows] or [None]
    return all(
        scope.allows_at(Permission.MERGE_KEYS, facility_id, domain)
        for facility_id in facilities
        for domain in followed
    )


def _event(type: str, data: Mapping[str, Any], facility: Facility, at: datetime) -> Event:
    said = WireEvent(
        0, str(uuid4()), SOURCE, type, micros(at), {**data, "facility": facility.code}, None, None
    )
    context = context_of(
        connector_id=BY_HAND, default_facility=facility.pk, granted=frozenset((facility.pk,)), at=at
    )
    try:
        return event_record(said, contracts(), context)
    except RejectedItem as exc:
        raise CannotRename(ITEM_CODES[exc.code]) from exc


def _say(
    event: Event,
    act: audit.Act,
    user: User | None,
    facilities: Iterable[int],
    why: str,
    at: datetime,
    mentions: Iterable[UUID] = (),
) -> None:
    told = Received([event], BY_HAND, BY_HAND, micros(at))
    with transaction.atomic():
        try:
            apply([told], at=micros(at))
        except CannotRepoint as exc:
            raise CannotRename(PURGED if isinstance(exc, Purged) else TOO_WIDE) from exc
        audit.record(
            act,
            user=user,
            object_type="event",
            object_id=UUID(bytes=event.event_id),
            at=at,
            reason=why,
            mentions=[*mentions, *(UUID(bytes=key.token) for key in event.keys)],
            facility_ids=facilities,
        )

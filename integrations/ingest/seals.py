"""The sealed identifiers inside requests that are not applied yet: under which keys, and under a new one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec
from django.db import transaction

from integrations.ingest.records import Event, Key, Record, decode, encode
from integrations.models import Inbox, InboxParked
from observability.core import keyring
from observability.core.seal import CannotOpen, seal, unseal


def keys_waiting() -> Counter[str]:
    """Count the sealed identifiers of undone requests by key id."""
    return _count(Inbox.objects.filter(done_at=None).values_list("blob", flat=True).iterator(100))


def keys_parked() -> Counter[str]:
    """Count the sealed identifiers of requests that were set aside by key id."""
    return _count(InboxParked.objects.values_list("blob", flat=True).iterator(100))


def reseal_parked() -> int:
    """Bring the requests that were set aside under the current key; answer how many changed."""
    changed = 0
    for receipt in list(InboxParked.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            row = InboxParked.objects.select_for_update().filter(pk=receipt).first()
            blob = resealed(bytes(row.blob)) if row else None  # none: it was given another try meanwhile
            if row and blob is not None:
                changed += InboxParked.objects.filter(pk=receipt).update(blob=blob)
                # Another try takes what stands in the inbox, as long as its day is there.
                Inbox.objects.filter(received_on=row.received_at.date(), id=receipt).update(blob=blob)
    return changed


def resealed(blob: bytes) -> bytes | None:
    """Return a blob with its identifiers under the current key, None where nothing of it changes."""
    try:
        records = decode(blob)
    except msgspec.DecodeError:
        return None  # not ours to read, so nothing of it is ever opened
    current = keyring.seal_keys().current
    if all(key.seal_key == current for key in _keys(records)):
        return None
    return encode([_with(record, _under_current) for record in records])


def _with(record: Record, change: Callable[[Key], Key]) -> Record:
    if not isinstance(record, Event):
        return record
    return msgspec.structs.replace(record, keys=tuple(map(change, record.keys)))


def _under_current(key: Key) -> Key:
    ring, opener = keyring.seal_keys(), keyring.seal_key(key.seal_key)
    if opener is None:
        return key
    try:
        clear = unseal(opener, token=key.token, kind=key.kind, sealed=key.sealed)
    except CannotOpen:
        return key
    sealed = seal(ring.keys[ring.current], token=key.token, kind=key.kind, value=clear)
    return msgspec.structs.replace(key, sealed=sealed, seal_key=ring.current)


def _count(blobs: Iterable[bytes | memoryview]) -> Counter[str]:
    found: Counter[str] = Counter()
    for blob in blobs:
        try:
            found.update(key.seal_key for key in _keys(decode(bytes(blob))))
        except msgspec.DecodeError:
            continue
    return found


def _keys(records: Iterable[Record]) -> Iterator[Key]:
    for record in records:
        if isinstance(record, Event):
            yield from record.keys

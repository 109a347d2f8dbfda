"""The sealed identifiers inside requests that are not applied yet: under which keys, and under a new one."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from django.db import transaction

from integrations.ingest.records import Event, Key, Record, decode, encode
from integrations.models import Inbox, InboxParked
from observability.core import keyring
from observability.core.resealing import under_current


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
    ring = keyring.seal_keys()
    if all(key.seal_key == ring.current for key in _keys(records)):
        return None
    return encode([_under(ring, record) for record in records])


def _under(ring: keyring.Ring, record: Record) -> Record:
    if not isinstance(record, Event):
        return record
    return msgspec.structs.replace(record, keys=tuple(_key_under(ring, key) for key in record.keys))


def _key_under(ring: keyring.Ring, key: Key) -> Key:
    """Return a key under the current seal, as it was where it cannot be opened."""
    fresh = under_current(ring, token=key.token, kind=key.kind, sealed=key.sealed, kid=key.seal_key)
    return key if fresh is None else msgspec.structs.replace(key, sealed=fresh, seal_key=ring.current)


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

"""Bring sealed identifiers under the newest sealing key while everything runs.

A walk goes over the table in the order of its tokens and remembers its place, so it can be interrupted
anywhere. Requests that were taken in under an older key may still add to what lies behind: a finished walk
is begun again after a while, as long as the ring holds more than one key.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from integrations.ingest import seals
from observability.accounts.factors import adapter
from observability.core import keyring, sealed
from observability.core.resealing import under_current
from tracing.models import SealWalk

BATCH = 2_000
AGAIN_AFTER = timedelta(hours=1)
FIRST = UUID(int=0)
NEXT = """
    SELECT token, kind, sealed, key_id FROM identifier WHERE token > %(after)s ORDER BY token LIMIT %(limit)s
"""
# Only what is still as it was read: a drain may have written the token anew.
REPLACE = """
    UPDATE identifier i SET sealed = n.sealed, key_id = %(key_id)s
      FROM unnest(%(tokens)s::uuid[], %(old)s::text[], %(sealed)s::bytea[]) AS n(token, old, sealed)
     WHERE i.token = n.token AND i.key_id = n.old
"""
USES = "SELECT key_id, count(*) FROM identifier GROUP BY key_id"


def keys_kept() -> Counter[str]:
    """Count the stored identifiers by the id of the key that seals them."""
    with connection.cursor() as cursor:
        cursor.execute(USES)
        return Counter(dict(cursor.fetchall()))


def register() -> None:
    """Tell what is kept sealed here: first what waits, then where the drain takes it."""
    sealed.register(sealed.Sealed("requests set aside", seals.keys_parked))
    sealed.register(sealed.Sealed("requests not yet applied", seals.keys_waiting))
    sealed.register(sealed.Sealed("identifiers", keys_kept))


def go_on(at: datetime) -> None:
    """Walk on for as long as a task may."""
    walk(at=at, seconds=settings.TASK_YIELD_SECONDS)


def walk(*, at: datetime, seconds: float, anew: bool = False) -> SealWalk | None:
    """Reseal for at most so long; return how far the walk is, None where there is nothing to do.

    `anew`: begin at the first identifier, whatever was done before.
    """
    ring = keyring.seal_keys()
    if len(ring.keys) < 2 and not anew:
        return None  # what is not under the one key cannot be opened anyway
    seals.reseal_parked()
    adapter.reseal()
    SealWalk.objects.get_or_create(key_id=ring.current, defaults={"position": FIRST})
    deadline = time.monotonic() + seconds
    begin = _begins(at, anew=anew)
    while True:
        with transaction.atomic():
            found = SealWalk.objects.select_for_update(skip_locked=True).filter(key_id=ring.current).first()
            if found is None or not begin(found):
                return found
            _one_batch(found, ring, at)
        if found.finished_at is not None or time.monotonic() >= deadline:
            return found


def _begins(at: datetime, *, anew: bool) -> Callable[[SealWalk], bool]:
    """Return a function that puts a walk to its beginning where it should, and says whether to go on."""
    first = True

    def begin(found: SealWalk) -> bool:
        nonlocal first
        again = first and (anew or (found.finished_at is not None and found.finished_at < at - AGAIN_AFTER))
        first = False
        if again:
            found.position, found.finished_at, found.unopened = FIRST, None, 0
        return found.finished_at is None

    return begin


def _one_batch(found: SealWalk, ring: keyring.Ring, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"after": found.position, "limit": BATCH})
        rows = cursor.fetchall()
        old = [row for row in rows if row[3] != ring.current]
        done = [
            (token, kid, fresh)
            for token, kind, was, kid in old
            if (fresh := under_current(ring, token=token.bytes, kind=kind, sealed=bytes(was), kid=kid))
        ]
        if done:
            tokens, kids, fresh_seals = map(list, zip(*done, strict=True))
            cursor.execute(
                REPLACE, {"key_id": ring.current, "tokens": tokens, "old": kids, "sealed": fresh_seals}
            )
            found.resealed += cursor.rowcount
    found.unopened += len(old) - len(done)
    if rows:
        found.position = rows[-1][0]
    if len(rows) < BATCH:
        found.finished_at = at
    found.save()

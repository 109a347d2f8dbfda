"""Idempotency-Key: the first request with a key is done, the same one again gets the same answer."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import connection

from integrations.ingest.auth import Sender
from integrations.ingest.refusal import Refusal
from observability.core.keyring import veil_key
from observability.core.sql import execute

_KEY = re.compile(r'"?([!-~]{1,255}?)"?\Z')
# A first request that has not answered after this long died; its key is free again.
IN_FLIGHT = timedelta(seconds=60)

# Takes a free key, one that ran out, or one whose first request died; answers nothing where it is taken.
CLAIM = """
INSERT INTO idempotency_key AS k (connector_id, route, key, body_sha256, created_at, status, answer)
VALUES (%(connector_id)s, %(route)s, %(key)s, %(said)s, %(at)s, NULL, NULL)
ON CONFLICT (connector_id, route, key) DO UPDATE
   SET body_sha256 = EXCLUDED.body_sha256, created_at = EXCLUDED.created_at, status = NULL, answer = NULL
 WHERE k.created_at < %(expired)s
    OR (k.status IS NULL AND k.created_at < %(dead)s AND k.body_sha256 = EXCLUDED.body_sha256)
RETURNING k.id
"""
LOOK = """
SELECT id, body_sha256, status, answer FROM idempotency_key
 WHERE connector_id = %(connector_id)s AND route = %(route)s AND key = %(key)s
"""
REMEMBER = "UPDATE idempotency_key SET status = %(status)s, answer = %(answer)s WHERE id = %(id)s"
RELEASE = "DELETE FROM idempotency_key WHERE id = %(id)s AND status IS NULL"


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours to answer, or the answer that was given before."""

    id: int
    status: int = 0
    answer: bytes | None = None


def key_of(header: str | None) -> str | None:
    """Return the key of the header, quoted or bare; None without one. Raises Refusal."""
    if header is None:
        return None
    found = _KEY.match(header.strip())
    if found is None:
        raise Refusal(400, "invalid_idempotency_key")
    return found[1]


def digest_of(said: bytes) -> bytes:
    """Return what is kept of a key or a body. Keyed: both may be little more than somebody's number."""
    return blake2b(said, key=veil_key(), digest_size=32).digest()


def claim(sender: Sender, route: str, key: str, said: bytes, at: datetime) -> Claim:
    """Claim the key, or return the earlier answer. Raises Refusal: other body 422, running 409.

    `said` is the digest of the body and of what else makes the request this one.
    """
    params: dict[str, Any] = {
        "connector_id": sender.connector_id,
        "route": route,
        "key": digest_of(key.encode()).hex(),
        "said": said,
        "at": at,
        "expired": at - timedelta(days=settings.IDEMPOTENCY_DAYS),
        "dead": at - IN_FLIGHT,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        mine = cursor.fetchone()
        if mine is not None:
            return Claim(mine[0])
        cursor.execute(LOOK, params)
        row = cursor.fetchone()
    if row is None or (bytes(row[1]) == said and row[2] is None):
        raise Refusal(409, "idempotency_in_flight", retry_after=1)
    if bytes(row[1]) != said:
        raise Refusal(422, "idempotency_key_reused")
    return Claim(row[0], row[2], bytes(row[3]))


def remember(claim: Claim, status: int, answer: bytes) -> None:
    """Keep the answer for the same request to come."""
    execute(REMEMBER, {"id": claim.id, "status": status, "answer": answer})


@contextlib.contextmanager
def released_on_failure(claim: Claim) -> Iterator[None]:
    """Free the key where its request is not answered for good, so that it can be sent again."""
    try:
        yield
    except Exception:
        with contextlib.suppress(Exception):  # what failed first is what the sender must hear of
            execute(RELEASE, {"id": claim.id})
        raise

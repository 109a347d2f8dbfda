"""Let old audit rows go: the chain is told, under its key, to begin later; the rows before are deleted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from observability.accounts import chain
from observability.core import keyring

BATCH = 10_000
HEAD = "SELECT seq, first_seq FROM audit_head FOR UPDATE"
# All before it are older: a row whose clock went back keeps those after it.
BEGINNING = """
    SELECT min(seq) FROM audit_row WHERE seq >= %(first)s AND seq < %(end)s AND at >= %(cutoff)s
"""
FIRST = "SELECT first_seq FROM audit_head"
BEFORE = "SELECT hash FROM audit_row WHERE seq = %(seq)s"
MOVE = """
    UPDATE audit_head
       SET first_seq = %(first)s, first_hash = %(hash)s, first_kid = %(kid)s, first_mac = %(mac)s
"""
DELETE = """
    DELETE FROM audit_row
     WHERE seq IN (SELECT seq FROM audit_row WHERE seq < %(first)s ORDER BY seq LIMIT %(limit)s)
    RETURNING seq, at, hash
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """One row that is gone."""

    seq: int
    at: datetime
    hash: str


def first_seq() -> int:
    """Return the number of the row that the chain begins with."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST)
        return int(cursor.fetchone()[0])


def move_beginning(*, cutoff: datetime, keep_from: int | None, limit: int) -> None:
    """Have the chain begin at the first row that is not older than `cutoff`, or earlier at `keep_from`, and
    at most `limit` rows later than it does.

    Runs in the caller's transaction, under the purge role; the lock of the head is held to its end.
    """
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        last, first = cursor.fetchone()
        end = min(last + 1, first + limit)
        cursor.execute(BEGINNING, {"first": first, "end": end, "cutoff": cutoff})
        begins = cursor.fetchone()[0] or end
        begins = begins if keep_from is None else min(begins, keep_from)
        if begins <= first:
            return
        cursor.execute(BEFORE, {"seq": begins - 1})
        hash = cursor.fetchone()[0]
        ring = keyring.audit_keys()
        mac = chain.base_mac(ring.keys[ring.current], seq=begins, hash=hash)
        cursor.execute(MOVE, {"first": begins, "hash": hash, "kid": ring.current, "mac": mac})


def delete_before_beginning(*, limit: int) -> list[Erased]:
    """Delete the oldest rows before the beginning of the chain, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE, {"first": first_seq(), "limit": limit})
        return [Erased(*row) for row in cursor.fetchall()]

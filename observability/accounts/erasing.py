"""Let old audit rows go: the chain is told, under its key, to begin later; the rows before are deleted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from observability.accounts import chain
from observability.core import keyring

BATCH = 10_000
HEAD = "SELECT seq, first_seq FROM audit_head FOR UPDATE"
# All before it are older: a row whose clock went back keeps those after it.
BEGINNING = "SELECT min(seq) FROM audit_row WHERE seq >= %(first)s AND at >= %(cutoff)s"
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


def move_beginning(*, cutoff: datetime, keep_from: int | None) -> None:
    """Have the chain begin at the first row that is not older than `cutoff`, or earlier at `keep_from`.

    Runs in the caller's transaction, under the purge role; the lock of the head is held to its end.
    """
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        last, first = cursor.fetchone()
        cursor.execute(BEGINNING, {"first": first, "cutoff": cutoff})
        begins = cursor.fetchone()[0] or last + 1
        begins = begins if keep_from is None else min(begins, keep_from)
        if begins <= first:
            return
        cursor.execute(BEFORE, {"seq": begins - 1})
        hash = cursor.fetchone()[0]
        ring = keyring.audit_keys()
        mac = chain.base_mac(ring.keys[ring.current], seq=begins, hash=hash)
        cursor.execute(MOVE, {"first": begins, "hash": hash, "kid": ring.current, "mac": mac})


def delete_before_beginning(*, limit: int = BATCH) -> list[Erased]:
    """Delete the oldest rows before the beginning of the chain, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_seq FROM audit_head")
        first = cursor.fetchone()[0]
        cursor.execute(DELETE, {"first": first, "limit": limit})
        return [Erased(*row) for row in cursor.fetchall()]

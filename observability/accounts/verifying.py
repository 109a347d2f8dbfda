"""Walk the audit chain from its beginning to its head and say what somebody has changed."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from observability.accounts import chain
from observability.core import keyring

COLUMNS = (*chain.COVERED, "reason", "changes", "hash")
BATCH = 2_000
ROWS = f"SELECT {', '.join(COLUMNS)} FROM audit_row WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT {BATCH}"  # noqa: S608
HEAD = "SELECT seq, hash, first_seq, first_hash, first_kid, first_mac FROM audit_head"
# One statement, so one moment: rows that are added right now are beyond no head.
BEYOND = "SELECT min(seq) FROM audit_row WHERE seq > (SELECT seq FROM audit_head)"
# Of a row without its words: does a later one say that they were erased? Where that one is not ours, its own
# hash tells.
ERASURE = """
SELECT EXISTS (SELECT 1 FROM audit_row
                WHERE object_type = 'audit_row' AND object_id = %s AND act = 'words_erased' AND seq > %s)
"""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and the number of the row where it begins."""

    seq: int
    words: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was written down outside the database: the chain's last row at a moment."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a walk stands: all rows up to this one were looked at."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found; `erased` counts rows whose words were taken away, which a later row says.

    `ended`: it came to the head. A walk that was told to stop earlier says nothing of what lies beyond.
    """

    rows: int
    last_seq: int
    erased: int
    faults: tuple[Fault, ...]
    anchors: int
    last_hash: str
    ended: bool

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.faults


def verify(anchors: list[Anchor], *, after: Reached | None = None, most: int | None = None) -> Verdict:
    """Walk the chain up to its head of this moment, and hold it against what was written outside.

    Acts go on meanwhile: rows are only added, so those up to a known head do not move. A long chain is
    walked in parts: `after` goes on from where one ended, `most` is how many rows the next one looks at.
    """
    with connection.cursor() as cursor:
        return _Walk(anchors).run(cursor, after, most)


class _Walk:
    """One walk; stops telling after the first faults, which is where somebody has to look."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self.keys = keyring.audit_keys().keys
        self.written = len(anchors)
        # All of them: a row that was written down twice, differently, is two histories.
        self.anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self.anchors.setdefault(anchor.seq, set()).add(anchor.hash)
        self.faults: list[Fault] = []
        self.rows = self.erased = 0

    def run(self, cursor: CursorWrapper, after: Reached | None, most: int | None) -> Verdict:
        cursor.execute(HEAD)
        found = cursor.fetchone()
        if found is None:
            self._fault(0, "the head of the chain is missing")
            return self._verdict(0, "", ended=True)
        last, last_hash, first, first_hash, kid, mac = found
        self._base(first, first_hash, kid, mac)
        seq, hash = first - 1, first_hash
        if after is not None and after.seq > seq:  # else it was purged meanwhile
            seq, hash = after.seq, after.hash
        for row in _rows(cursor, seq, last):
            if most is not None and self.rows >= most:
                return self._verdict(seq, hash, ended=False)
            if row["seq"] != seq + 1:
                seq, hash = self._begun_since(cursor, seq, hash)
            if row["seq"] <= seq:
                continue
            self._look(cursor, row, seq, hash)
            seq, hash = row["seq"], row["hash"]
        if seq < last:
            seq, hash = self._begun_since(cursor, seq, hash)
        if seq < last or (seq == last and hash != last_hash):
            self._fault(min(seq, last) + 1, f"the chain ends at {seq} and its head says {last}")
        cursor.execute(BEYOND)
        beyond = cursor.fetchone()[0]
        if beyond is not None:
            self._fault(beyond, "stands beyond the head of the chain")
        self._ends(seq)
        return self._verdict(seq, hash, ended=True)

    def _begun_since(self, cursor: CursorWrapper, seq: int, hash: str) -> tuple[int, str]:
        """Go on where the chain begins now, where the purge has taken what lay before."""
        cursor.execute(HEAD)
        _, _, first, first_hash, kid, mac = cursor.fetchone()
        if first - 1 <= seq:
            return seq, hash
        self._base(first, first_hash, kid, mac)
        return first - 1, first_hash

    def _verdict(self, seq: int, hash: str, *, ended: bool) -> Verdict:
        return Verdict(self.rows, seq, self.erased, tuple(self.faults), self.written, hash, ended)

    def _base(self, first: int, first_hash: str, kid: str, mac: str) -> None:
        """A chain that does not begin at 1 begins where the purge, which has the key, signed."""
        if first == 1 and not first_hash:
            return
        key = self.keys.get(kid)
        if key is None or not hmac.compare_digest(chain.base_mac(key, seq=first, hash=first_hash), mac):
            self._fault(first, "the beginning of the chain is not signed")

    def _look(self, cursor: CursorWrapper, row: dict[str, Any], seq: int, hash: str) -> None:
        self.rows += 1
        here = row["seq"]
        if here != seq + 1:
            self._fault(seq + 1, f"rows {seq + 1} to {here - 1} are missing")
        elif row["prev_hash"] != hash:
            self._fault(here, "does not follow from the row before")
        key = self.keys.get(row["kid"])
        if key is None:
            self._fault(here, f"signed with a key ({row['kid']}) that is not in THROUGHLINE_AUDIT_KEYS")
        elif not hmac.compare_digest(chain.hash_of(key, row), row["hash"]):
            self._fault(here, "was changed")
        else:
            self._words(cursor, key, row)
        if self.anchors.get(here, set()) - {row["hash"]}:
            self._fault(here, "is not the row that was written down outside the database")

    def _words(self, cursor: CursorWrapper, key: bytes, row: dict[str, Any]) -> None:
        said = chain.words_hash(key, row["reason"], row["changes"])
        if hmac.compare_digest(said, row["changes_hash"]):
            return
        if row["reason"] != "" or row["changes"] is not None:
            self._fault(row["seq"], "its reason or its changes were changed")
            return
        cursor.execute(ERASURE, [str(row["seq"]), row["seq"]])
        if cursor.fetchone()[0]:
            self.erased += 1
        else:
            self._fault(row["seq"], "its reason and its changes are gone, and no row says who erased them")

    def _ends(self, seq: int) -> None:
        beyond = [number for number in self.anchors if number > seq]
        if beyond:
            self._fault(seq + 1, f"row {max(beyond)} was written down outside the database and is not here")

    def _fault(self, seq: int, words: str) -> None:
        if len(self.faults) < SHOWN:
            self.faults.append(Fault(seq, words))


def _rows(cursor: CursorWrapper, after: int, last: int) -> Iterator[dict[str, Any]]:
    while True:
        cursor.execute(ROWS, [after, last])
        batch = [dict(zip(COLUMNS, values, strict=True)) for values in cursor.fetchall()]
        for row in batch:
            if isinstance(row["changes"], str):
                row["changes"] = json.loads(row["changes"])
            yield row
        if len(batch) < BATCH:
            return
        after = batch[-1]["seq"]

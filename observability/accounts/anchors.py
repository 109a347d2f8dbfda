"""Write down outside the database where the audit chain stands, signed, so that a cut tail is missed."""

import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from observability.accounts import chain
from observability.accounts.verifying import Anchor
from observability.core import keyring

FILE = "audit-anchors.jsonl"
LONGEST_LINE = 4_096  # bytes; ours are some three hundred
EVERY_SECONDS, EVERY_ROWS = 300, 1_000
STAND = "SELECT seq, hash, seq - first_seq + 1 FROM audit_head"


class BadAnchor(Exception):
    """A line of the file was not written by us."""


@dataclass(frozen=True, slots=True)
class Written:
    """The last line of the file, as it says itself: whether it is ours is for who verifies."""

    seq: int
    at: datetime


def write_anchor(at: datetime, *, only_if_due: bool = False) -> Anchor | None:
    """Append where the chain stands; does nothing where that is written already, or nowhere configured.

    It is due EVERY_SECONDS after the last one, and once EVERY_ROWS have been added since.
    """
    file = _file()
    if file is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(STAND)
        seq, hash, count = cursor.fetchone()
    last = last_written()
    if not seq or (last is not None and last.seq == seq):
        return None
    if only_if_due and last is not None and not _is_due(last, seq, at):
        return None
    ring = keyring.audit_keys()
    said = {"at": at.isoformat(), "seq": seq, "hash": hash, "count": count, "kid": ring.current}
    said["mac"] = chain.mac_of(ring.keys[ring.current], said)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(said) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    return Anchor(seq=seq, hash=hash)


def read_anchors(after: int = 0) -> list[Anchor]:
    """Return what was written down of rows beyond `after`, oldest first, each line of it.

    Raises BadAnchor where somebody else wrote.
    """
    file = _file()
    if file is None or not file.exists():
        return []
    with file.open() as lines:
        read = (_read(number, line, after) for number, line in enumerate(lines, 1))
        return [anchor for anchor in read if anchor is not None]


def last_written() -> Written | None:
    """Return what the last line says; None where there is none, or it cannot be read."""
    file = _file()
    if file is None or not file.exists():
        return None
    with file.open("rb") as lines:
        lines.seek(max(0, file.stat().st_size - LONGEST_LINE))
        last = lines.read().splitlines()[-1:]
    try:
        said = json.loads(last[0])
        return Written(int(said["seq"]), datetime.fromisoformat(said["at"]))
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _is_due(last: Written, seq: int, at: datetime) -> bool:
    return seq - last.seq >= EVERY_ROWS or seq < last.seq or at - last.at >= timedelta(seconds=EVERY_SECONDS)


def _read(number: int, line: str, after: int) -> Anchor | None:
    try:
        said = json.loads(line)
        if said["seq"] <= after:
            return None
        mac, key = said.pop("mac"), keyring.audit_keys().keys[said["kid"]]
        good = hmac.compare_digest(chain.mac_of(key, said), mac)
        anchor = Anchor(seq=said["seq"], hash=said["hash"])
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BadAnchor(f"line {number} of {_file()} cannot be read") from exc
    if not good:
        raise BadAnchor(f"line {number} of {_file()} is not signed by us")
    return anchor


def _file() -> Path | None:
    return Path(settings.AUDIT_ANCHORS_DIR) / FILE if settings.AUDIT_ANCHORS_DIR else None

"""Write down outside the database where the audit chain stands, signed, so that a cut tail is missed."""

import hmac
import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from observability.accounts import chain
from observability.accounts.verifying import Anchor
from observability.core import keyring

FILE = "audit-anchors.jsonl"
LONGEST_LINE = 4_096  # bytes; ours are some three hundred
STAND = "SELECT seq, hash, seq - first_seq + 1 FROM audit_head"


class BadAnchor(Exception):
    """A line of the file was not written by us."""


def write_anchor(at: datetime) -> Anchor | None:
    """Append where the chain stands; does nothing where that is written already, or nowhere configured."""
    file = _file()
    if file is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(STAND)
        seq, hash, count = cursor.fetchone()
    if not seq or _last_seq(file) == seq:
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


def read_anchors() -> list[Anchor]:
    """Return what was written down, oldest first. Raises BadAnchor where somebody else wrote."""
    file = _file()
    if file is None or not file.exists():
        return []
    return [_read(number, line) for number, line in enumerate(file.read_text().splitlines(), 1)]


def _last_seq(file: Path) -> int | None:
    """Return the row that was written down last; whether the line is ours is for who verifies."""
    if not file.exists():
        return None
    with file.open("rb") as lines:
        lines.seek(max(0, file.stat().st_size - LONGEST_LINE))
        last = lines.read().splitlines()[-1:]
    try:
        return int(json.loads(last[0])["seq"])
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _read(number: int, line: str) -> Anchor:
    try:
        said = json.loads(line)
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

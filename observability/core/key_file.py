"""Put a new key first into a file of keys, or take one away: whole, or not at all."""

import base64
import os
import secrets
from pathlib import Path

from observability.core.keyring import KEY_BYTES, check_mode, entries_of, ring_of


def add_key(path: Path, kid: str) -> None:
    """Make a new key and put it first, where it seals. Raises ImproperlyConfigured for an id that is none."""
    check_mode(str(path), path)
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    _replace(path, [f"{kid}:{key}", *entries_of(path.read_text())])


def drop_key(path: Path, kid: str) -> None:
    """Take a key out of the file. Raises ImproperlyConfigured where nothing would be left."""
    check_mode(str(path), path)
    _replace(path, [entry for entry in entries_of(path.read_text()) if entry.partition(":")[0] != kid])


def _replace(path: Path, entries: list[str]) -> None:
    ring_of(path.name, entries)
    found = path.stat()
    beside = path.with_name(f".{path.name}.new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        try:
            os.fchmod(file.fileno(), found.st_mode & 0o777)
            os.fchown(file.fileno(), found.st_uid, found.st_gid)
            file.write("\n".join(entries) + "\n")
            file.flush()
            os.fsync(file.fileno())
            beside.replace(path)  # a reader sees the old file or the new one
        finally:
            beside.unlink(missing_ok=True)

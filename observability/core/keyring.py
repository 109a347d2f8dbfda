"""The secrets of tokens, ids, seals and audit: from the environment or files, never from the database."""

import base64
import binascii
import logging
import re
import stat
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
GRACE_SECONDS = 60
# A group may read (that is how container secrets arrive); others may not, and nobody else may write.
TOO_OPEN = stat.S_IWGRP | stat.S_IRWXO
_KID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}\Z")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring of keys: the first seals or signs, all of them open or verify."""

    current: str
    keys: dict[str, bytes] = field(repr=False)


def decoded(name: str, value: str) -> bytes:
    """Return a key from its text form. Raises ImproperlyConfigured, with the setting's name only."""
    try:
        key = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as exc:
        raise ImproperlyConfigured(f"{name} must be url-safe base64") from exc
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must hold {KEY_BYTES} bytes")
    return key


def check_mode(name: str, path: Path) -> None:
    """Raise ImproperlyConfigured where others may read a file of keys, or a group may write it."""
    if path.stat().st_mode & TOO_OPEN:
        raise ImproperlyConfigured(f"The file of {name} is open to others: chmod 600 it")


def entries_of(text: str) -> list[str]:
    """Return the entries of a ring, which stand on lines or between commas; `#` begins a remark."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]


def ring_of(name: str, entries: Iterable[str]) -> Ring:
    """Return the ring written as `kid:key` entries. Raises ImproperlyConfigured."""
    keys: dict[str, bytes] = {}
    for entry in entries:
        kid, _, value = entry.partition(":")
        if not _KID.match(kid) or kid in keys:
            raise ImproperlyConfigured(f"{name} needs entries `id:key`, each id once and at most 20 letters")
        keys[kid] = decoded(name, value)
    if not keys:
        raise ImproperlyConfigured(f"{name} is empty")
    return Ring(current=next(iter(keys)), keys=keys)


@cache
def id_key() -> bytes:
    """The key of tokens and transaction ids; never rotated in service."""
    if settings.ID_KEY_FILE:
        check_mode("THROUGHLINE_ID_KEY", Path(settings.ID_KEY_FILE))
    return decoded("THROUGHLINE_ID_KEY", settings.ID_KEY)


@cache
def veil_key() -> bytes:
    """The key of what is only ever compared: pseudonyms of tax numbers, digests, fingerprints, searches.

    They cannot be made anew under another key. The id key, where none is given.
    """
    if not settings.VEIL_KEY:
        return id_key()
    if settings.VEIL_KEY_FILE:
        check_mode("THROUGHLINE_VEIL_KEY", Path(settings.VEIL_KEY_FILE))
    return decoded("THROUGHLINE_VEIL_KEY", settings.VEIL_KEY)


class RingReader:
    """What a process knows of one ring. A file is looked at again while the process runs.

    So a rotation needs no restart: every process seals with the new key a moment after it was put first.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._ring: Ring | None = None
        self._stamp: tuple[int, ...] = ()
        self._looked_at = float("-inf")
        self._before: Ring | None = None
        self._changed_at = float("-inf")

    def ring(self) -> Ring:
        """Return the ring, at most settings.KEY_RING_SECONDS old."""
        if self._ring is None or time.monotonic() - self._looked_at >= settings.KEY_RING_SECONDS:
            return self.look()
        return self._ring

    def key(self, kid: str) -> bytes | None:
        """Return one key. For an unknown id the file is looked at now: another process may know it."""
        return self.ring().keys.get(kid) or self.look().keys.get(kid) or self._just_gone(kid)

    def forget(self) -> None:
        """Read anew at the next use."""
        self._ring, self._stamp, self._before = None, (), None

    def _just_gone(self, kid: str) -> bytes | None:
        # Who read a row just before it was sealed anew opens it just after the old key was taken away.
        if self._before is None or time.monotonic() - self._changed_at > GRACE_SECONDS:
            return None
        return self._before.keys.get(kid)

    def look(self) -> Ring:
        """Return the ring as its file says now."""
        with self._lock:
            self._looked_at = time.monotonic()
            try:
                ring = self._read()
            except (OSError, ImproperlyConfigured):
                # Half a rotation must not stop the service: it goes on with the keys it has.
                if self._ring is None:
                    raise
                log.exception("key_ring_unreadable", extra={"setting": self.name})
                return self._ring
            self._ring = ring
            return ring

    def _read(self) -> Ring:
        path = getattr(settings, f"{self.name}_FILE")
        if not path:
            return self._ring or ring_of(f"THROUGHLINE_{self.name}", getattr(settings, self.name))
        found = Path(path).stat()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
        if self._ring is not None and stamp == self._stamp:
            return self._ring
        check_mode(f"THROUGHLINE_{self.name}", Path(path))
        ring = ring_of(f"THROUGHLINE_{self.name}", entries_of(Path(path).read_text()))
        if self._ring is not None:
            log.info("key_ring_changed", extra={"setting": self.name, "keys": len(ring.keys)})
            self._before, self._changed_at = self._ring, time.monotonic()
        self._stamp = stamp
        return ring


_seals = RingReader("SEAL_KEYS")
_audits = RingReader("AUDIT_KEYS")


def seal_keys() -> Ring:
    """The sealing ring: the first key seals, all of them open."""
    return _seals.ring()


def seal_keys_now() -> Ring:
    """The sealing ring as its file says now: for whoever changes it."""
    return _seals.look()


def seal_key(kid: str) -> bytes | None:
    """Return the sealing key of this id, None where the ring has none."""
    return _seals.key(kid)


def audit_keys() -> Ring:
    """The ring of the audit chain; the first one signs, the others verify what they once signed."""
    return _audits.ring()


def forget() -> None:
    """Read every key anew at the next use."""
    _seals.forget()
    _audits.forget()
    id_key.cache_clear()
    veil_key.cache_clear()

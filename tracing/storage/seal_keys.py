"""Add a sealing key and take one away, each on record; one that anything still stands under stays."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from observability.accounts import audit
from observability.core import key_file, keyring, sealed

# Until then a process may still seal under the key that was first before, or a request be under way.
SETTLED_SECONDS = 60


class CannotChange(Exception):
    """The ring stays as it is; the message says why and what to do."""


def add(kid: str, *, at: datetime) -> None:
    """Make a key and put it first: from now on it seals, and the others open what they sealed."""
    path = _file()
    if kid in keyring.seal_keys_now().keys:
        raise CannotChange(f"There is a key {kid} already.")
    with transaction.atomic():
        audit.record(
            audit.Act.SEAL_KEY_ADDED,
            user=None,
            object_type="seal_key",
            object_id=kid,
            at=at,
            reason="command",
        )
        _change(key_file.add_key, path, kid)


def drop(kid: str, *, at: datetime) -> None:
    """Take a key away that nothing stands under."""
    path = _file()
    why = reason_to_keep(kid, path)
    if why:
        raise CannotChange(why)
    with transaction.atomic():
        audit.record(
            audit.Act.SEAL_KEY_DROPPED,
            user=None,
            object_type="seal_key",
            object_id=kid,
            at=at,
            reason="command",
        )
        _change(key_file.drop_key, path, kid)


def reason_to_keep(kid: str, path: Path | None = None) -> str:
    """Return why a key of the ring cannot go yet, empty where it can."""
    ring = keyring.seal_keys_now()
    if kid not in ring.keys:
        return f"The ring has no key {kid}."
    if kid == ring.current:
        return f"{kid} is the key that seals. Put another one first."
    if path is not None and time.time() - path.stat().st_mtime < SETTLED_SECONDS:
        return f"The ring was changed less than {SETTLED_SECONDS} seconds ago. Try again then."
    used = {name: found[kid] for name, found in sealed.uses().items() if found.get(kid)}
    if used:
        counts = ", ".join(f"{n:,} {name}" for name, n in used.items())
        return f"Still sealed under {kid}: {counts}. Run `seals reseal`, or wait until it is done."
    return ""


def _file() -> Path:
    if not settings.SEAL_KEYS_FILE:
        raise CannotChange("The keys stand in THROUGHLINE_SEAL_KEYS: change it there and start anew.")
    return Path(settings.SEAL_KEYS_FILE)


def _change(change: Callable[[Path, str], None], path: Path, kid: str) -> None:
    try:
        change(path, kid)
    except OSError as exc:
        raise CannotChange(
            f"The file of keys cannot be written ({exc.strerror}): change it by hand."
        ) from exc
    except ImproperlyConfigured as exc:
        raise CannotChange(f"{exc}.") from exc
    keyring.seal_keys_now()

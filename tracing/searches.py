"""Remember what somebody pasted, so that its page has an address that says nothing.

An identifier in a URL ends up in histories, logs and screenshots. So the box posts; what was pasted is
sealed with the same keys as every identifier, kept in the session, and the address carries a random
reference to it. Back, reload and paging keep working for who searched, and a copied link shows nobody
else anything: in another session the reference means nothing.
"""

import secrets

from django.contrib.sessions.backends.base import SessionBase

from observability.core import keyring
from observability.core.resealing import opened
from observability.core.seal import CannotOpen, seal

KEPT = 20  # of the last ones; older ones ask to be searched again
SESSION_KEY = "searches"
KIND = "search"


def remember(session: SessionBase, pasted: str) -> str:
    """Keep `pasted` in the session; return the reference to put into an address."""
    ring = keyring.seal_keys()
    reference = secrets.token_urlsafe(9)
    sealed = seal(ring.keys[ring.current], token=reference.encode(), kind=KIND, value=pasted)
    kept = dict(list(session.get(SESSION_KEY, {}).items())[-KEPT + 1 :])
    session[SESSION_KEY] = {**kept, reference: [ring.current, sealed.hex()]}
    return reference


def recall(session: SessionBase, reference: str) -> str | None:
    """Return what was pasted, or None where this session does not know the reference (any more)."""
    entry = session.get(SESSION_KEY, {}).get(reference)
    if entry is None:
        return None
    key_id, sealed = entry
    try:
        return opened(token=reference.encode(), kind=KIND, sealed=bytes.fromhex(sealed), kid=key_id)
    except CannotOpen:
        return None

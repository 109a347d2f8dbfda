"""Open what is kept sealed, whichever key of the ring sealed it, and bring it under the current one."""

from observability.core import keyring
from observability.core.seal import CannotOpen, seal, unseal


def opened(*, token: bytes, kind: str, sealed: bytes, kid: str) -> str:
    """Return the clear value. Raises CannotOpen where the ring has no such key, or the seal is broken."""
    key = keyring.seal_key(kid)
    if key is None:
        raise CannotOpen
    return unseal(key, token=token, kind=kind, sealed=sealed)


def under_current(ring: keyring.Ring, *, token: bytes, kind: str, sealed: bytes, kid: str) -> bytes | None:
    """Return the same value sealed by the current key of `ring`, None where it cannot be opened."""
    try:
        clear = opened(token=token, kind=kind, sealed=sealed, kid=kid)
    except CannotOpen:
        return None
    return seal(ring.keys[ring.current], token=token, kind=kind, value=clear)

"""What django-allauth asks us: how secrets of factors are kept, and what a factor calls its person."""

import base64
from collections import Counter
from collections.abc import Iterator

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from observability.core import keyring, sealed
from observability.core.resealing import opened
from observability.core.seal import CannotOpen, seal

TOKEN, KIND = b"", "second factor"
SECRETS = ("secret", "seed")  # of an authenticator app, of recovery codes; a key leaves no secret with us


class SealedAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of factors under the sealing keys, which are not in the database."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is kept: `key id.sealed bytes`."""
        ring = keyring.seal_keys()
        closed = seal(ring.keys[ring.current], token=TOKEN, kind=KIND, value=text)
        return f"{ring.current}.{base64.urlsafe_b64encode(closed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret in clear. Raises CannotOpen where its key is gone."""
        kid, _, closed = encrypted_text.rpartition(".")
        return opened(token=TOKEN, kind=KIND, sealed=base64.urlsafe_b64decode(closed), kid=kid)

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        # Not the e-mail address: an app that shows many accounts names the one typed at sign-in.
        return user.get_username()


def keys_kept() -> Counter[str]:
    """Count the secrets of factors by the id of the key that seals them."""
    return Counter(kept.rpartition(".")[0] for factor in _all() for _, kept in _secrets(factor))


def register() -> None:
    """Tell what is kept sealed here."""
    sealed.register(sealed.Sealed("second factors", keys_kept))


def reseal() -> None:
    """Bring every secret under the current key; what cannot be opened stays as it is, and is counted."""
    current = keyring.seal_keys().current
    old = [factor.pk for factor in _all() if any(not _under(current, kept) for _, kept in _secrets(factor))]
    for pk in old:
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if factor is not None and _under_current(factor):
                factor.save(update_fields=["data"])


def _all() -> Iterator[Authenticator]:
    return iter(Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"))


def _secrets(factor: Authenticator) -> list[tuple[str, str]]:
    return [(name, factor.data[name]) for name in SECRETS if name in factor.data]


def _under(kid: str, kept: str) -> bool:
    return kept.rpartition(".")[0] == kid


def _under_current(factor: Authenticator) -> bool:
    adapter = SealedAdapter()
    try:
        factor.data |= {name: adapter.encrypt(adapter.decrypt(kept)) for name, kept in _secrets(factor)}
    except CannotOpen:
        return False
    return True

"""What django-allauth asks us: how secrets of factors are kept, and what a factor calls its person."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser

from observability.core import keyring
from observability.core.resealing import opened
from observability.core.seal import seal

# Secrets are kept in one column of text: `key id.sealed bytes`.
TOKEN, KIND = b"", "second factor"


class SealedAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of factors under the sealing keys, which are not in the database."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is kept."""
        ring = keyring.seal_keys()
        sealed = seal(ring.keys[ring.current], token=TOKEN, kind=KIND, value=text)
        return f"{ring.current}.{base64.urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret in clear. Raises CannotOpen where its key is gone."""
        kid, _, sealed = encrypted_text.rpartition(".")
        return opened(token=TOKEN, kind=KIND, sealed=base64.urlsafe_b64decode(sealed), kid=kid)

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        # Not the e-mail address: an app that shows many accounts names the one typed at sign-in.
        return user.get_username()

"""Second factors: how they are kept, added, asked for, removed and reset."""

import pytest
from allauth.mfa.adapter import get_adapter
from pytest_django import Settings

from observability.core import keyring
from observability.core.seal import CannotOpen
from tests.accounts.test_installation import PRODUCTION

OLD, NEW = "old:ZGV2ZWxvcG1lbnQta2V5LW5vdC1mb3ItcHJvZHVjdDE=", PRODUCTION["THROUGHLINE_SEAL_KEYS"]


def test_a_secret_is_kept_sealed_and_opens_as_long_as_its_key_is_in_the_ring(settings: Settings) -> None:
    settings.SEAL_KEYS = [OLD]
    keyring.forget()
    kept = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept

    settings.SEAL_KEYS = [NEW, OLD]
    keyring.forget()
    assert get_adapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"

    settings.SEAL_KEYS = [NEW]
    keyring.forget()
    with pytest.raises(CannotOpen):
        get_adapter().decrypt(kept)

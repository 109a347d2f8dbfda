"""An ID token proves who somebody is, to us, now, in answer to what we asked; nothing less does."""

from typing import Any

import pytest

from observability.accounts.oidc.tokens import BadToken, Claims, GroupsElsewhere, UnknownKey, claims_of
from tests.build.provider import CLIENT, Provider, jwk

ISSUER, NONCE = "https://id.example.org", "n" * 43


def read(provider: Provider) -> Claims:
    """Read a token of the provider, with the one key that it published."""
    token = provider.token_for({"nonce": NONCE})
    keys = {"one": jwk("one")}
    return claims_of(token, keys, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, groups_claim="groups")


def test_a_right_one_tells_who_they_are() -> None:
    said = {
        "groups": ["b", "a", "a", 7],
        "preferred_username": "bea",
        "amr": ["pwd", "hwk"],
        "acr": "gold",
        "aud": [CLIENT],
    }

    assert read(Provider(url=ISSUER, claims=said)) == Claims(
        subject="subject-1",
        groups=["a", "b"],
        username="bea",
        name="",
        methods=frozenset({"pwd", "hwk", "gold"}),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"nonce": "x" * 43},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"iss": "https://another.example.org"},
        {"iss": f"{ISSUER}/"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"sub": ""},
        {"sub": "s" * 256},
        {"sub": None},
    ],
)
def test_one_that_says_something_else_proves_nothing(said: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        read(Provider(url=ISSUER, claims=said))


@pytest.mark.parametrize(
    "signed",
    [
        {"signs_with": "two", "kid": "one"},  # somebody else's key under the name of the provider's
        {"algorithm": "HS256", "kid": "one"},  # the secret that two share
        {"algorithm": "none", "kid": "one"},
    ],
)
@pytest.mark.filterwarnings("ignore:The HMAC key")
def test_one_that_the_provider_did_not_sign_proves_nothing(signed: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        read(Provider(url=ISSUER, **signed))


def test_a_key_that_is_not_published_is_told_apart_so_that_it_is_looked_for() -> None:
    with pytest.raises(UnknownKey):
        read(Provider(url=ISSUER, signs_with="two"))


@pytest.mark.parametrize(
    "said", [{"_claim_names": {"groups": "src1"}}, {"groups": [f"group {n}" for n in range(501)]}]
)
def test_groups_that_are_not_all_there_prove_nothing_either(said: dict[str, Any]) -> None:
    with pytest.raises(GroupsElsewhere):
        read(Provider(url=ISSUER, claims=said))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é"])
def test_what_is_no_token_proves_nothing(token: str) -> None:
    with pytest.raises(BadToken):
        claims_of(token, {}, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, groups_claim="groups")

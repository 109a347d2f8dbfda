"""Does an ID token prove who somebody is, to us, now, in answer to what we asked?

OpenID Connect Core 1.0, 3.1.3.7. The signature is always checked, also of a token that came from the provider
itself.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt

# Signatures with the provider's own key only: with a shared secret, whoever has it could write tokens.
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
LEEWAY_SECONDS: Final = 60  # between two clocks
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")
MOST_SUBJECT = 255  # letters, by the standard
MOST_GROUPS, MOST_GROUP = 500, 200


class BadToken(Exception):
    """The token proves nothing to us."""


class UnknownKey(BadToken):
    """It is signed with a key that the provider did not have when we looked."""


class GroupsElsewhere(BadToken):
    """The provider leaves the groups out because they are many: nothing can be concluded from that."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says of somebody. Only `subject` names them: the rest may change."""

    subject: str
    groups: Sequence[str]
    username: str
    name: str
    methods: frozenset[str]  # how they proved it: amr, and acr
    proven_at: float | None = None  # when they did, in seconds since 1970; None where that is not said


def claims_of(
    token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, groups_claim: str
) -> Claims:
    """Return what a token says, once all of it holds. Raises BadToken and its kinds."""
    said = _verified(token, keys, issuer=issuer, client_id=client_id)
    several = isinstance(said["aud"], list) and len(said["aud"]) > 1
    if said.get("azp", None if several else client_id) != client_id:
        raise BadToken
    if not hmac.compare_digest(str(said["nonce"]).encode(), nonce.encode()):
        raise BadToken
    subject = said["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or "\0" in subject:
        raise BadToken
    return Claims(
        subject=subject,
        groups=_groups(said, groups_claim),
        username=_text(said.get("preferred_username")),
        name=_text(said.get("name")),
        methods=frozenset(_texts(said.get("amr")) + _texts(said.get("acr"))),
        proven_at=_moment(said.get("auth_time")),
    )


def _verified(token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        if kid is None and len(keys) == 1:
            kid = next(iter(keys))
        if not isinstance(kid, str) or kid not in keys:
            raise UnknownKey
        key = jwt.PyJWK(keys[kid])
        if key.algorithm_name not in ALGORITHMS:
            raise BadToken
        return jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as exc:
        raise BadToken from exc


def _groups(said: Mapping[str, Any], claim: str) -> list[str]:
    elsewhere = said.get("_claim_names")
    if isinstance(elsewhere, dict) and claim in elsewhere:
        raise GroupsElsewhere
    groups = sorted(
        {each for each in _texts(said.get(claim)) if 0 < len(each) <= MOST_GROUP and "\0" not in each}
    )
    if len(groups) > MOST_GROUPS:
        raise GroupsElsewhere
    return groups


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _text(value: object) -> str:
    return value.replace("\0", "")[:150] if isinstance(value, str) else ""


def _moment(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

"""Pure: business keys of an event as tokens and sealed values; the clear value goes no further."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from integrations.catalogue.key_kinds import KeyKind, NotAKey, kinds, last_characters
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.records import Key
from observability.core import seal, tokens

VALUE_LIMIT = 100  # characters of one key
CACHED_KEYS = 16_384  # about a kilobyte each
TAX_NUMBER = "tin:"


class Named(msgspec.Struct, frozen=True, gc=False):
    """A key that an event carries, and the id of the transaction it would name in a workflow."""

    kind: KeyKind
    issuer: str  # effective
    value: str  # normalised; never stored
    key: Key


@dataclass(frozen=True, slots=True)
class Maker:
    """Turns clear keys into tokens and seals, remembering recent ones: most keys come many times."""

    make: Callable[[KeyKind, str, str], Named]
    transaction_id: Callable[[str, str, str, str], bytes]


def maker(*, id_key: bytes, veil_key: bytes, seal_key: bytes, seal_key_id: str) -> Maker:
    """Return a maker of keys under these secrets."""

    # Looked up by the kind's name: hashing the whole kind costs more than the rest of a hit.
    @lru_cache(maxsize=CACHED_KEYS)
    def remembered(kind: str, issuer: str, value: str) -> Named:
        return named_key(kinds()[kind], issuer, value, id_key, seal_key, seal_key_id)

    @lru_cache(maxsize=CACHED_KEYS)
    def veiled(issuer: str) -> str:
        return _veiled(issuer, veil_key)

    def make(kind: KeyKind, issuer: str, value: str) -> Named:
        return remembered(kind.name, veiled(issuer) if issuer.startswith(TAX_NUMBER) else issuer, value)

    @lru_cache(maxsize=CACHED_KEYS)
    def transaction_id(workflow: str, kind: str, issuer: str, value: str) -> bytes:
        return tokens.transaction_id(id_key, workflow=workflow, kind=kind, issuer=issuer, value=value)

    return Maker(make, transaction_id)


def _veiled(issuer: str, veil_key: bytes) -> str:
    """Return an issuer known by its tax number, which may be a person's own, under a pseudonym."""
    number, _, place = issuer.removeprefix(TAX_NUMBER).rpartition("@")
    pseudonym = tokens.token(veil_key, kind="tin", issuer="", version=1, value=number).hex()[:12]
    return f"{TAX_NUMBER}{pseudonym}@{place}"


def named_key(
    kind: KeyKind, issuer: str, value: str, id_key: bytes, seal_key: bytes, seal_key_id: str
) -> Named:
    """Return a key under an effective issuer that is veiled already. Raises RejectedItem."""
    if len(value) > VALUE_LIMIT or not (value.isprintable() and issuer.isprintable()):
        raise RejectedItem("invalid_key")
    try:
        normalised = kind.normalise(value)
    except NotAKey as exc:
        raise RejectedItem("invalid_key") from exc
    token = tokens.token(id_key, kind=kind.name, issuer=issuer, version=kind.version, value=normalised)
    key = Key(
        kind=kind.name,
        token=token,
        issuer=issuer,
        last=last_characters(normalised),
        sealed=seal.seal(seal_key, token=token, kind=kind.name, value=value.strip()),
        seal_key=seal_key_id,
        linking=kind.linking,
    )
    return Named(kind, issuer, normalised, key)

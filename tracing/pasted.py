"""What somebody pasted into the search box, as everything it could be."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from integrations.catalogue.key_kinds import NotAKey, kinds
from observability.core import tokens
from tracing.queries.issuers import Issuer

MAX_CHARACTERS = 200
# Of what was typed, whatever it names: so that a search that found nothing is found again.
SEARCHED, SEARCHED_VERSION = "searched", 1
_APART = re.compile(r"[\W_]+")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.I)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One reading of a pasted value: an identifier of this kind, numbered by this issuer."""

    kind: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Readings:
    """Every reading of a pasted value. `id`: it could be a transaction's or a trace's own id."""

    tokens: dict[UUID, Meaning]
    id: UUID | None


def read(value: str, *, id_key: bytes, issuers: Iterable[Issuer]) -> Readings:
    """Return every token that `value` has: for each kind and each issuer who numbers such things."""
    text = value.strip()[:MAX_CHARACTERS]
    known = kinds()
    found: dict[UUID, Meaning] = {}
    for issuer in issuers:
        kind = known.get(issuer.kind)
        if kind is None:
            continue
        try:
            raw = kind.token(id_key, issuer=issuer.issuer, value=text)
        except NotAKey:
            continue
        found[UUID(bytes=raw)] = Meaning(kind=issuer.kind, issuer=issuer.issuer)
    return Readings(tokens=found, id=_id(text))


def searched(value: str, *, veil_key: bytes) -> UUID:
    """Return the token of what somebody searches for, the same whatever its case and punctuation."""
    text = _APART.sub("", value[:MAX_CHARACTERS].upper()).lstrip("0")
    return UUID(bytes=tokens.token(veil_key, kind=SEARCHED, issuer="", version=SEARCHED_VERSION, value=text))


def _id(text: str) -> UUID | None:
    header = _TRACEPARENT.fullmatch(text)
    try:
        return UUID(header.group(1) if header else text)
    except ValueError:
        return None

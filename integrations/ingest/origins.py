"""Pure: what a message says of its facility, department and payer, in the words that may be kept."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, PAYER
from integrations.ingest import fields
from integrations.ingest.context import Context
from integrations.ingest.places import Name, Place, day_of
from integrations.ingest.records import Key, Origin, Word
from observability.core import tokens

CACHED_NAMES = 4_096
TAX_NUMBER = "tin"
VEIL = "~"
VEILED_CHARACTERS = 12
PSEUDONYM = re.compile(rf"{VEIL}[0-9a-f]{{{VEILED_CHARACTERS}}}\Z")
_AUTHORITY = re.compile(r"[a-z][a-z0-9_.-]{0,39}\Z")
_PROVIDER_NUMBER = re.compile(r"\d{10}\Z")


@lru_cache(maxsize=CACHED_NAMES)
def spoken(authority: str, code: str, veil_key: bytes) -> Name:
    """Return a name as the crosswalk knows it: a tax number, which may be a person's, as a pseudonym."""
    authority = authority.strip().lower()
    if authority != TAX_NUMBER or PSEUDONYM.match(code):
        return authority, code
    return authority, pseudonym(TAX_NUMBER, code, veil_key)


def pseudonym(kind: str, value: str, veil_key: bytes) -> str:
    """Return what stands for a value that may be a person's: always the same, and nothing to read it from."""
    digest = tokens.token(veil_key, kind=kind, issuer="", version=1, value=value)
    return VEIL + digest.hex()[:VEILED_CHARACTERS]


def names_of(data: Mapping[str, Any], context: Context) -> tuple[Name, ...]:
    """Return the names that a message has for its facility, most specific first."""
    named = data.get("facility_ids")
    if not named:
        return ()
    return tuple([spoken(each["authority"], each["code"], context.hash_key) for each in named])


def origin_of(
    names: tuple[Name, ...],
    facility: str | None,
    words: Mapping[str, str | None],
    context: Context,
    *,
    said_us: int | None = None,
    by_day: bool = False,
    fallbacks: tuple[Key, ...] = (),
    codes: tuple[Word, ...] = (),
) -> Origin:
    """Return what is kept of the message's own words. A name that reads like a person's is not."""
    return Origin(
        names=tuple([name for name in names if _may_be_kept(name, context)]),
        facility=facility,
        department=words["department"],
        payer=words["payer"],
        said_us=said_us,
        by_day=by_day,
        fallbacks=fallbacks,
        codes=codes,
    )


def canonical(words: dict[str, str | None], place: Place, at_us: int, context: Context) -> None:
    """Put our codes of department and payer in the place of the facility's own."""
    day = day_of(at_us)
    for kind in (DEPARTMENT, PAYER):
        words[kind] = context.crosswalk.canonical(kind, place, words[kind], day)


def _may_be_kept(name: Name, context: Context) -> bool:
    authority, code = name
    if context.crosswalk.knows(FACILITY, authority, code):
        return True  # somebody who knows has said that it is a facility's
    if not _AUTHORITY.match(authority):
        context.drop("facility_ids")
        return False
    if authority == TAX_NUMBER or (authority == "npi" and _PROVIDER_NUMBER.match(code)):
        return True
    return fields.code(code, context.dropped, "facility_ids") is not None

"""Pure: the local codes that a contract declares, as they may be kept, and what they are called here.

A field for codes is open to whatever a sender has at hand. As it was said stays what the crosswalk knows and
what reads like a code. Anything else may be a person: it becomes a pseudonym, which is mapped like a code.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from integrations.catalogue.code_kinds import CodeKind
from integrations.catalogue.contract_parts import CodeRule
from integrations.ingest import fields
from integrations.ingest.context import Context
from integrations.ingest.origins import PSEUDONYM, pseudonym
from integrations.ingest.places import ANYWHERE, Crosswalk, Place
from integrations.ingest.records import Word
from integrations.ingest.scrub_words import NAMES

CACHED_CODES = 16_384
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-_./:+&#*][A-Za-z0-9]+)*\Z", re.ASCII)
_PARTS = re.compile(r"[A-Za-z]+")
_DIGIT = re.compile(r"[0-9]")


def codes_of(
    rules: Iterable[CodeRule], data: Mapping[str, Any], place: Place, context: Context
) -> tuple[Word, ...]:
    """Return the local codes that a message of a facility names in the fields declared for them."""
    found = []
    for rule in rules:
        said = _may_be_kept(rule, data.get(rule.field), place, context)
        if said is not None:
            found.append(Word(rule.field, rule.kind.name, rule.authority, said))
    return tuple(found)


def resolved(codes: Iterable[Word], place: Place, day: int, crosswalk: Crosswalk) -> dict[str, str]:
    """Return by field our code for each local code, the local one where there is none."""
    return {
        each.field: crosswalk.canonical(each.kind, place, each.code, day, each.authority) or each.code
        for each in codes
    }


@lru_cache(maxsize=CACHED_CODES)
def pseudonym_of(kind: str, code: str, key: bytes) -> str:
    """Return what stands for a code that may not be kept; a pseudonym stays what it is."""
    return code if PSEUDONYM.match(code) else pseudonym(kind, code, key)


@lru_cache(maxsize=CACHED_CODES)
def reads_as_code(kind: CodeKind, code: str) -> bool:
    """Say whether a text is one word made like a code, without a person's name; of people it has a digit."""
    if not _CODE.match(code) or (kind.people and not _DIGIT.search(code)):
        return False
    return not any(part.lower() in NAMES for part in _PARTS.findall(code))


def _may_be_kept(rule: CodeRule, value: Any, place: Place, context: Context) -> str | None:
    said = fields.text(value)
    if said is None or _is_known(rule, said, place, context.crosswalk):
        return said
    kept = fields.local_code(said, context.dropped, rule.field, numbered=rule.kind.numbered)
    if kept is None or reads_as_code(rule.kind, kept):
        return kept
    context.drop(rule.field)
    return pseudonym_of(rule.kind.name, kept, context.hash_key)


def _is_known(rule: CodeRule, code: str, place: Place, crosswalk: Crosswalk) -> bool:
    issuers = (rule.authority,) if rule.authority else (place.code, ANYWHERE)
    return any(crosswalk.knows(rule.kind.name, each, code) for each in issuers)

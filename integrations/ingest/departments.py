"""Pure: what may be kept of a department's name. A field for codes is open to whatever a sender has at hand.

As it was said stays what somebody has declared, what reads like a code, and what is made of words that name
departments. Anything else may be a person: it becomes a pseudonym, always the same for the same name, which
can be mapped like a code and becomes readable once its department is declared.
"""

import re
from functools import lru_cache
from pathlib import Path

import yaml

from integrations.catalogue.code_kinds import DEPARTMENT
from integrations.ingest.context import Context
from integrations.ingest.origins import PSEUDONYM, pseudonym
from integrations.ingest.places import ANYWHERE, Crosswalk, Place
from integrations.ingest.scrub_words import NAMES

CACHED_NAMES = 4_096
_DATA = Path(__file__).resolve().parent.parent / "catalogue" / "data" / "department_words.yaml"
WORDS = frozenset(str(yaml.safe_load(_DATA.read_text())["words"]).split())
_BETWEEN = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"[A-Za-z]{0,4}\d{1,6}[A-Za-z]{0,4}\Z", re.ASCII)
_SHORT = re.compile(r"[A-Z]{1,4}\Z")  # of SV-CARD; two of them side by side could be a name


def veil(words: dict[str, str | None], place: Place, context: Context) -> None:
    """Put a pseudonym in the place of a department's name that may not be kept, and count it."""
    name = words[DEPARTMENT]
    if name is None or reads_as_department(name) or _is_declared(context.crosswalk, place, name):
        return
    words[DEPARTMENT] = veiled(name, context.hash_key)
    context.drop(DEPARTMENT)


@lru_cache(maxsize=CACHED_NAMES)
def veiled(name: str, key: bytes) -> str:
    """Return the pseudonym of a department's name; a pseudonym stays what it is."""
    return name if PSEUDONYM.match(name) else pseudonym(DEPARTMENT, name, key)


@lru_cache(maxsize=CACHED_NAMES)
def reads_as_department(name: str) -> bool:
    """Say whether a name is made of words for departments, numbers and short codes, and of nothing else."""
    parts = [part for part in _BETWEEN.split(name.replace("'", "").replace("’", "")) if part]
    odd = [part for part in parts if part.lower() not in WORDS and not _NUMBERED.match(part)]
    if len(odd) > 1 and len(name.split()) > 1:
        return False
    return bool(parts) and all(_SHORT.match(part) and part.lower() not in NAMES for part in odd)


def _is_declared(crosswalk: Crosswalk, place: Place, name: str) -> bool:
    return (
        name in crosswalk.departments
        or crosswalk.knows(DEPARTMENT, place.code, name)
        or crosswalk.knows(DEPARTMENT, ANYWHERE, name)
    )

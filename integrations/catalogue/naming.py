"""Pure: the code under which the register knows a name that traffic uses."""

import re
from functools import lru_cache

LONGEST = 60
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


@lru_cache(maxsize=4_096)
def code_of(name: str) -> str:
    """Return a name as a code: any run of what no code holds is one dash. Empty where nothing is left."""
    return _OTHER.sub("-", name).strip("-")[:LONGEST]


def title_of(code: str) -> str:
    """Return a code as words, to begin a name with."""
    words = re.sub(r"[-_]+", " ", code).strip()
    return words[:1].upper() + words[1:]

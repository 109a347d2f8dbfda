"""Pure: the words that scrubbing knows: people's names, technical words with digits, error templates."""

from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent.parent / "catalogue" / "data"


def _declared(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text())


_WORDS = _declared("scrub_words.yaml")
NAMES: frozenset[str] = frozenset(_WORDS["names"].split())
KEEP: frozenset[str] = frozenset(_WORDS["keep"].split())
TEMPLATES: tuple[tuple[str, str], ...] = tuple(
    (phrase, template)
    for template, phrases in _declared("error_templates.yaml")["templates"].items()
    for phrase in phrases
)

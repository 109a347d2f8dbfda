"""The kinds of business keys, as declared in data: how each is normalised, masked, and who issues it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from observability.core import tokens

DATA = Path(__file__).parent / "data" / "key_kinds.yaml"
MASK_SHOWS = 4
# A mask that shows four of five characters hides nothing: never more than a third of the value.
MASK_SHARE = 3


def _strip_zeros(value: str) -> str:
    return value.lstrip("0") or "0"


STEPS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "strip_zeros": _strip_zeros,
    "no_dashes": lambda value: value.replace("-", ""),
}


class NotAKey(ValueError):
    """The value is empty once normalised, so it names nothing."""


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of identifier."""

    name: str
    title: str
    plural: str
    within_facility: bool
    linking: bool
    privacy_class: str
    steps: tuple[str, ...]
    version: int
    hidden: bool  # made by us from others: never shown or searched by its own name
    purpose: str  # why it is kept

    def normalise(self, value: str) -> str:
        """Return the spelling that is compared. Raises NotAKey where nothing is left."""
        spelled = value.strip()
        for step in self.steps:
            spelled = STEPS[step](spelled)
        if not spelled:
            raise NotAKey
        return spelled

    def effective_issuer(self, issuer: str | None, facility_code: str) -> str:
        """Return who numbers this key: within a facility, equal numbers of two facilities are two keys."""
        named = (issuer or "").strip()
        return f"{named}@{facility_code}" if self.within_facility else named

    def token(self, key: bytes, *, issuer: str, value: str) -> bytes:
        """Return the 16-byte token of `value` under an effective issuer."""
        return tokens.token(
            key, kind=self.name, issuer=issuer, version=self.version, value=self.normalise(value)
        )


def last_characters(value: str) -> str:
    """Return the end of an identifier that a mask may show: at most four, and at most a third of it."""
    shown = MASK_SHOWS if len(value) >= MASK_SHOWS * MASK_SHARE else len(value) // MASK_SHARE
    return value[-shown:] if shown else ""


@cache
def kinds() -> dict[str, KeyKind]:
    """Return every declared kind by name."""
    declared = yaml.safe_load(DATA.read_text())["kinds"]
    return {
        name: KeyKind(
            name=name,
            title=spec["title"],
            plural=spec["plural"],
            within_facility=spec["within"] == "facility",
            linking=spec["linking"],
            privacy_class=spec["class"],
            steps=tuple(spec["normalise"]),
            version=spec["version"],
            hidden=spec.get("hidden", False),
            purpose=spec["purpose"],
        )
        for name, spec in declared.items()
    }

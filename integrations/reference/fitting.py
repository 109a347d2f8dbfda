"""Pure: whether entities fit together: what one belongs to is there, and an identifier is of one only."""

from collections.abc import Mapping

from integrations.catalogue.reference_kinds import kinds
from integrations.reference.dating import shared
from integrations.reference.timelines import Timeline, in_itself, lacks_parent

Key = tuple[str, str]  # kind and code


class Standing:
    """All entities, found by kind, by what they belong to, and by their identifiers."""

    def __init__(self, timelines: Mapping[Key, Timeline]) -> None:
        self.by_kind: dict[str, dict[str, Timeline]] = {name: {} for name in kinds()}
        self.below: dict[Key, Timeline] = {}
        self.held: dict[tuple[str, str, str], list[str]] = {}  # kind, field, value -> codes
        for (name, code), timeline in timelines.items():
            self.by_kind[name][code] = timeline
            for stretch in timeline:
                if parent := stretch.value.get("parent"):
                    self.below.setdefault((kinds()[name].parent, parent), []).append(stretch)
                for field in _once(name):
                    if value := stretch.value.get(field):
                        self.held.setdefault((name, field, value), []).append(code)

    def misfit(self, key: Key) -> tuple[str, str] | None:
        """Return why an entity cannot be as it is, and the field that says so."""
        name, code = key
        own, above = self.by_kind[name][code], kinds()[name].parent
        if above and lacks_parent(own, self.by_kind[above]):
            return "parent_not_there", "parent"
        if above == name and in_itself(code, self.by_kind[name]):
            return "lies_in_itself", "parent"
        if lacks_parent(self.below.get(key, []), {code: own}):
            return "still_holds_others", "ends_on"
        doubled = next((field for field in _once(name) if self._doubled(key, field)), "")
        return ("identifier_doubled", doubled) if doubled else None

    def _doubled(self, key: Key, field: str) -> bool:
        name, code = key
        return any(
            other != code
            and theirs.value.get(field) == mine.value[field]
            and shared(theirs, mine.first, mine.last)
            for mine in self.by_kind[name][code]
            if mine.value.get(field)
            for other in self.held[name, field, mine.value[field]]
            for theirs in self.by_kind[name][other]
        )


def _once(name: str) -> list[str]:
    return [spec.name for spec in kinds()[name].fields if spec.once]

"""What has been posted before, kept beside the database that took it, so that a new start goes on there.

Losing the note does no harm: events have the same ids whenever they are told, so the server knows them.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec

from observability.demo.moments import utc_day
from observability.demo.story import Story

SILENT_AFTER_DAYS = 90


class _Note(msgspec.Struct):
    began: int
    until: int
    days: list[date]


@dataclass(slots=True)
class Loaded:
    """Which days are posted: of each, all that is said up to `until` (seconds since 1970 UTC)."""

    file: Path
    began: int
    until: int
    days: set[date] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path, database: str, at: int) -> "Loaded":
        """Return what is known of the database with this name, or a beginning at `at`."""
        file = folder / f"demo-{database}.json"
        try:
            note = msgspec.json.decode(file.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return cls(file, began=at, until=at)
        return cls(file, note.began, note.until, set(note.days))

    @property
    def story(self) -> Story:
        """The story as it was on the first start."""
        return Story(self.began)

    def telling(self, at: int) -> list[date]:
        """Return the days posted that may still have something to say."""
        oldest = utc_day(at) - timedelta(days=SILENT_AFTER_DAYS)
        return sorted(day for day in self.days if day >= oldest)

    def add(self, day: date) -> None:
        """Note that a day is posted, up to `until`."""
        self.days.add(day)
        self.save()

    def save(self) -> None:
        """Write it down, whole or not at all."""
        note = _Note(self.began, self.until, sorted(self.days))
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(note))
        new.replace(self.file)

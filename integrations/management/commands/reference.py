"""Reference data from the shell: plan a file, apply it, or write what is there."""

from collections.abc import Iterator

from integrations.management.importing import ImportCommand
from integrations.reference import entities


class Command(ImportCommand[entities.Change]):
    """`manage.py reference plan|apply|export FILE`; CSV or JSON."""

    help = "Plan or apply a file of reference data, or export it (.csv or .json)."
    what = entities.IMPORT
    noun = "rows"

    def told(self, change: entities.Change) -> Iterator[str]:
        """Return what becomes of an entity, by days."""
        yield f"{change.what} {change.kind} {change.code}"
        for each in entities.differences(change) if change.what != "added" else ():
            days = f"{each.first} to {each.last or 'open'}"
            yield f"  {each.field}, {days}: {each.old or '(empty)'} -> {each.new or '(empty)'}"

"""The register from the shell: plan a file, apply it, or write what is there."""

from collections.abc import Iterator

from integrations.catalogue import register
from integrations.management.importing import ImportCommand


class Command(ImportCommand[register.Change]):
    """`manage.py catalogue plan|apply|export FILE`; CSV or JSON."""

    help = "Plan or apply a file of systems and interfaces, or export the register (.csv or .json)."
    what = register.IMPORT
    noun = "entries"

    def told(self, change: register.Change) -> Iterator[str]:
        """Return what becomes of an entry."""
        yield f"{change.what} {change.sort} {change.code}"
        for name, (old, new) in change.fields.items():
            if change.what != "added":
                yield f"  {name}: {old or '(empty)'} -> {new or '(empty)'}"

"""The table of adjustment reason codes, as shipped."""

from functools import cache
from pathlib import Path

import yaml

import integrations.catalogue
from tracing.rules.denials import Table

DATA = Path(integrations.catalogue.__file__ or "").parent / "data" / "carc.yaml"


@cache
def table() -> Table:
    """Return the version of the table in force."""
    return Table.read(yaml.safe_load(DATA.read_text()))

"""Serves Plotly's script from the installed plotly package: nothing of it is copied into this repository."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FOLDER = Path(plotly.__file__).parent / "package_data"
SCRIPT = "plotly.min.js"


class PlotlyStorage(FileSystemStorage):
    """The package's folder, under a name of ours in every address."""

    prefix = "plotly"  # read by collectstatic and whitenoise


class PlotlyFinder(BaseFinder):
    """Finds `plotly/plotly.min.js`."""

    storage = PlotlyStorage(location=str(FOLDER))

    def check(self, **kwargs: Any) -> list[Any]:
        """Have no settings of its own to check."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the script's path; an empty list when asked for anything else (None breaks serving)."""
        if path != f"plotly/{SCRIPT}":
            return []
        found = str(FOLDER / SCRIPT)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield the script alone."""
        yield SCRIPT, self.storage

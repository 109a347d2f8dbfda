"""A progress bar on a terminal; silent anywhere else."""

from pathlib import Path
from typing import Final, TextIO

WIDTH: Final = 30
CLEAR_LINE: Final = "\r\x1b[K"


class Progress:
    """Shows how far the reading of a file is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._visible = stream.isatty()
        self._shown = ""

    def show(self, file: Path, done: int, of: int) -> None:
        """Draw the bar for one file; only when it looks different."""
        share = done / of if of else 1.0
        bar = f"[{'#' * int(share * WIDTH):.<{WIDTH}}] {share:4.0%} {file.name[:40]}"
        if self._visible and bar != self._shown:
            self._stream.write(f"{CLEAR_LINE}{bar}")
            self._stream.flush()
            self._shown = bar

    def over(self, line: str) -> str:
        """Return a line that takes the place of the bar."""
        shown, self._shown = self._shown, ""
        return f"{CLEAR_LINE}{line}" if shown else line

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write(CLEAR_LINE)
            self._stream.flush()
            self._shown = ""

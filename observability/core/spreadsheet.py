"""Tables as CSV that a spreadsheet shows and never runs."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

# A cell that begins so is a formula to a spreadsheet.
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value: object) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; None is an empty cell."""
    text = "" if value is None else str(value)
    is_number = not isinstance(value, str)
    return f"'{text}" if text.startswith(STARTS_FORMULA) and not is_number else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()) -> str:
    """Return a table as CSV: a line for each note, one with the names of the columns, then the rows."""
    return "".join(csv_lines(columns, rows, notes))


def csv_lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()
) -> Iterator[str]:
    """Return such a table line by line, for one that is too long to hold."""
    out = io.StringIO()
    writer = csv.writer(out)
    inert_rows = ([inert(value) for value in row] for row in chain([columns], rows))
    for row in chain(([f"# {note}"] for note in notes), inert_rows):
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()

"""Tables as CSV that a spreadsheet shows and never runs."""

import csv
import io
from collections.abc import Iterable, Sequence

# A cell that begins so is a formula to a spreadsheet.
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value: object) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; None is an empty cell."""
    text = "" if value is None else str(value)
    is_number = not isinstance(value, str)
    return f"'{text}" if text.startswith(STARTS_FORMULA) and not is_number else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = ()) -> str:
    """Return a table as CSV: a line for each note, one with the names of the columns, then the rows."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([f"# {note}"] for note in notes)
    writer.writerow([inert(name) for name in columns])
    writer.writerows([inert(value) for value in row] for row in rows)
    return out.getvalue()

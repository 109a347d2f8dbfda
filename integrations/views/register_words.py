"""What the register says to people: of refused rows and files, and of what traffic names."""

from collections.abc import Mapping
from typing import Any

from integrations.queries.traffic import Activity

REFUSED: Mapping[str, str] = {
    "value_missing": "This has to be filled in.",
    "value_unknown": "This is not one of the known values.",
    "value_malformed": "This is not written as it has to be.",
    "value_too_long": "This is too long.",
    "value_unprintable": "This holds characters that cannot be shown.",
    "ends_before_start": "It would end before it starts.",
    "reason_missing": "This disposition needs a reason.",
    "replaces_itself": "It cannot replace itself, nor what replaces it.",
    "row_repeated": "The same code stands in an earlier row, or in one about the same days.",
    "not_yours": "You do not decide on every facility that it touches.",
    "row_has_other_columns": "The row has more or fewer cells than the first line.",
    "type_unknown": "This type is not a known one.",
    "formula_refused": "A cell begins like a formula.",
    "field_of_other_type": "This field is not one of its type.",
    "row_malformed": "The entry is not an object of texts.",
    "field_unknown": "It has a field that we do not know.",
    "plan_stale": "Something changed since this was shown. Look again, then decide.",
    "file_too_large": "The file is larger than 8 MB.",
    "file_not_utf8": "The file is not UTF-8.",
    "file_not_text": "The file is not text.",
    "file_malformed": "The file is neither well-formed CSV nor JSON with the lists that an export has.",
    "columns_missing_or_doubled": "The first line needs the columns type and code, and each only once.",
    "column_unknown": "The first line names a column that we do not know.",
    "too_many_rows": "The file has more than 5,000 rows.",
    "file_missing": "Choose a file.",
    "reference_not_yours": "Only who manages the catalogue of every facility changes reference data.",
    "neighbour_refused": "Another row of the same code is refused, and all of them are taken or none.",
    "parent_not_there": "What it belongs to does not exist on all of these days.",
    "lies_in_itself": "It would lie within itself.",
    "still_holds_others": "Others belong to it on days on which it would be gone. Move or end those first.",
    "identifier_doubled": "Another one has this identifier on some of these days.",
    "ended_already": "It has ended. Say from which day this holds.",
}


def recent(seen: Activity | None) -> list[dict[str, Any]]:
    """Return the activity of a name for ui/_figures.html; nothing where no traffic has named it."""
    if seen is None:
        return []
    return [
        {"label": "Last 24 hours", "value": seen.day, "kind": "number", "note": "records that name it"},
        {"label": "Last 7 days", "value": seen.week, "kind": "number", "note": "records that name it"},
        {"label": "Last seen", "value": seen.last_at, "kind": "age", "note": ""},
        {"label": "First seen", "value": seen.first_at, "kind": "moment", "note": ""},
    ]

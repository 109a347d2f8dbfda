"""What the codes of a refused row or file say to people."""

from collections.abc import Mapping

REFUSED: Mapping[str, str] = {
    "value_missing": "This has to be filled in.",
    "value_unknown": "This is not one of the known values.",
    "value_malformed": "This is not written as it has to be.",
    "value_too_long": "This is too long.",
    "value_unprintable": "This holds characters that cannot be shown.",
    "ends_before_start": "It would end before it starts.",
    "reason_missing": "This disposition needs a reason.",
    "replaces_itself": "It cannot replace itself.",
    "row_repeated": "The same code stands in an earlier row.",
    "not_yours": "You do not decide on every facility that it touches.",
    "row_has_other_columns": "The row has more or fewer cells than the first line.",
    "type_unknown": "The type is neither system nor interface.",
    "formula_refused": "A cell begins like a formula.",
    "field_of_other_type": "This field is not one of its type.",
    "row_malformed": "The entry is not an object of texts.",
    "field_unknown": "It has a field that we do not know.",
    "plan_stale": "Something changed since this was shown. Look again, then decide.",
    "file_too_large": "The file is larger than 2 MB.",
    "file_not_utf8": "The file is not UTF-8.",
    "file_not_text": "The file is not text.",
    "file_malformed": "The file is neither well-formed CSV nor JSON with systems and interfaces.",
    "columns_missing_or_doubled": "The first line needs the columns type and code, and each only once.",
    "column_unknown": "The first line names a column that we do not know.",
    "too_many_rows": "The file has more than 5,000 rows.",
    "file_missing": "Choose a file.",
}

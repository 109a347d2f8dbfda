"""Read and write what is declared, as CSV (`type` first) and JSON; bad rows are answered one by one."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from integrations.catalogue.plans import Refusal, Row
from integrations.catalogue.register_fields import FIELDS, Field
from observability.core.spreadsheet import csv_text

MAX_BYTES = 8_000_000  # 5,000 interfaces as JSON are 4 MB
MAX_ROWS = 5_000
Key = TypeVar("Key", bound=tuple[str, ...])  # the type, then what orders the entries of a type


class Unreadable(Exception):
    """The file as a whole cannot be read; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Shape:
    """What files hold: the fields of each type, and the name that its list has in JSON."""

    fields: Mapping[str, tuple[Field, ...]]
    lists: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every field of every type, each once."""
        return tuple(dict.fromkeys(each.name for specs in self.fields.values() for each in specs))

    def read(self, data: bytes) -> tuple[list[Row], list[Refusal]]:
        """Return the rows of a file of this shape. Raises Unreadable."""
        return read(data, self)

    def written(self, entries: Mapping[Any, Mapping[str, str]], form: str) -> str:
        """Return entries as a file of this shape."""
        return as_json(entries, self) if form == "json" else as_csv(entries, self)


REGISTER = Shape(FIELDS, {sort: f"{sort}s" for sort in FIELDS})


def read(data: bytes, shape: Shape = REGISTER) -> tuple[list[Row], list[Refusal]]:
    """Return the rows of a file and the rows that cannot even be read. Raises Unreadable."""
    text = text_of(data)
    return _read_json(text, shape) if text.lstrip().startswith("{") else _read_csv(text, shape)


def text_of(data: bytes) -> str:
    """Return a file as text. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable("file_too_large")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise Unreadable("file_not_utf8") from exc
    if "\0" in text:
        raise Unreadable("file_not_text")
    return text


def _read_csv(text: str, shape: Shape) -> tuple[list[Row], list[Refusal]]:
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as exc:
        raise Unreadable("file_malformed") from exc
    heads = [head.strip() for head in table[0]] if table else []
    if not {"type", "code"} <= set(heads) or len(set(heads)) < len(heads):
        raise Unreadable("columns_missing_or_doubled")
    if set(heads) - {"type", *shape.columns}:
        raise Unreadable("column_unknown")
    if len(table) - 1 > MAX_ROWS:  # the first line names the columns
        raise Unreadable("too_many_rows")
    rows: list[Row] = []
    refusals: list[Refusal] = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cells):
            continue
        read_row = _row(number, heads, cells, shape)
        if isinstance(read_row, Refusal):
            refusals.append(read_row)
        else:
            rows.append(read_row)
    return rows, refusals


def _row(number: int, heads: list[str], cells: list[str], shape: Shape) -> Row | Refusal:
    if len(cells) != len(heads):
        return Refusal(number, "row_has_other_columns", "")
    said = dict(zip(heads, cells, strict=True))
    sort = said.pop("type").strip()
    if sort not in shape.fields:
        return Refusal(number, "type_unknown", "type")
    fields = {spec.name for spec in shape.fields[sort]}
    values = {}
    for name, cell in said.items():
        if cell.startswith(("=", "@")):
            return Refusal(number, "formula_refused", name)
        if name in fields:
            values[name] = cell
        elif cell.strip():
            return Refusal(number, "field_of_other_type", name)
    return Row(number, sort, values)


def _read_json(text: str, shape: Shape) -> tuple[list[Row], list[Refusal]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("file_malformed") from exc
    lists = {sort: told.get(name, []) for sort, name in shape.lists.items()}
    known = set(told) <= set(shape.lists.values())
    if not known or not all(isinstance(each, list) for each in lists.values()):
        raise Unreadable("file_malformed")
    items = [(sort, item) for sort, each in lists.items() for item in each]
    if len(items) > MAX_ROWS:
        raise Unreadable("too_many_rows")
    rows, refusals = [], []
    for number, (sort, item) in enumerate(items, start=1):
        fields = {spec.name for spec in shape.fields[sort]}
        if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
            refusals.append(Refusal(number, "row_malformed", ""))
        elif set(item) - fields:
            refusals.append(Refusal(number, "field_unknown", ""))
        else:
            rows.append(Row(number, sort, item))
    return rows, refusals


def as_csv(entries: Mapping[Key, Mapping[str, str]], shape: Shape = REGISTER) -> str:
    """Return entries, by type and what orders them, as CSV that `read` takes again without a change."""
    order = list(shape.fields)
    table = [
        [key[0], *(values.get(name, "") for name in shape.columns)]
        for key, values in sorted(entries.items(), key=lambda each: (order.index(each[0][0]), each[0][1:]))
    ]
    return csv_text(("type", *shape.columns), table)


def as_json(entries: Mapping[Key, Mapping[str, str]], shape: Shape = REGISTER) -> str:
    """Return entries, by type and what orders them, as JSON that `read` takes again without a change."""
    told = {
        name: [values for key, values in sorted(entries.items()) if key[0] == sort]
        for sort, name in shape.lists.items()
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"

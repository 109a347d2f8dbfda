"""The fields of a filter bar as ui/_filters.html shows them, and the addresses that they make."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

Field = Mapping[str, Any]


def select(name: str, label: str, value: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a choice of one value, or any; `options` are values and their words."""
    return {
        "id": f"f-{name}",
        "name": name,
        "label": label,
        "type": "select",
        "blank": "Any",
        "value": value,
        "options": [{"value": key, "label": words} for key, words in options],
    }


def text(name: str, label: str, value: str) -> dict[str, Any]:
    """Return a field to write a word into."""
    return {"id": f"f-{name}", "name": name, "label": label, "type": "text", "value": value}


def query(fields: Iterable[Field], **more: str) -> str:
    """Return the query string of the fields in use, or empty; `more` replaces and adds, "" takes away."""
    asked = {field["name"]: field["value"] for field in fields} | more
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"?{said}" if said else ""


def active(fields: Sequence[Field], base: str, **more: str) -> list[dict[str, str]]:
    """Return the fields in use in words, each with the address of the page at `base` without it.

    `more` stands in these addresses, too.
    """
    found = []
    for field in fields:
        if field["value"]:
            words = {option["value"]: option["label"] for option in field.get("options", ())}
            label = f"{field['label']}: {words.get(field['value'], field['value'])}"
            found.append({"label": label, "remove_url": base + query(fields, **more, **{field["name"]: ""})})
    return found

"""Answers that a browser keeps as a file."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from observability.core.spreadsheet import csv_text


def as_file(text: str, *, name: str, content_type: str) -> HttpResponse:
    """Return text as a file of this name, which is ours: never what somebody sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=content_type, headers=headers)


def as_csv_file(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, name: str, notes: Iterable[str] = ()
) -> HttpResponse:
    """Return a table as a CSV file that a spreadsheet shows and never runs; notes stand above it."""
    return as_file(csv_text(columns, rows, notes), name=name, content_type="text/csv; charset=utf-8")

"""Answers that a browser keeps as a file."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse, StreamingHttpResponse

from observability.core.spreadsheet import csv_text


def as_file(text: str, *, name: str, content_type: str) -> HttpResponse:
    """Return text as a file of this name, which is ours: never what somebody sent."""
    return HttpResponse(text, content_type=content_type, headers=_attached(name))


def as_streamed_file(lines: Iterable[str], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Return lines as a file of this name, each as it is read."""
    return StreamingHttpResponse(lines, content_type=content_type, headers=_attached(name))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def as_csv_file(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, name: str, notes: Iterable[str] = ()
) -> HttpResponse:
    """Return a table as a CSV file that a spreadsheet shows and never runs; notes stand above it."""
    return as_file(csv_text(columns, rows, notes), name=name, content_type="text/csv; charset=utf-8")

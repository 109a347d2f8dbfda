"""Display tags and filters for templates: statuses, money, counts, moments, masks, drawings."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from observability.core import display, drawing
from observability.core.status import Status, status_of

register = template.Library()


def _currency() -> str:
    return str(getattr(settings, "CURRENCY", "USD"))


@register.filter
def status(key: str | None) -> Status:
    """Return how a status is shown: `.word`, `.shape`, `.tone`."""
    return status_of(key)


@register.filter
def money_exact(amount: display.Amount | None) -> str:
    """Write an amount to the cent."""
    return display.money_exact(amount, _currency())


@register.filter
def money_short(amount: display.Amount | None) -> str:
    """Write an amount in three figures."""
    return display.money_short(amount, _currency())


@register.filter
def number(value: display.Amount | None, places: int = 0) -> str:
    """Write a count or measure with thousands apart."""
    return display.number(value, places)


@register.filter
def percent(fraction: display.Amount | None, places: int = 1) -> str:
    """Write a fraction of 1 as a percentage, with its sign; unknown stays unknown."""
    shown = display.percent(fraction, places)
    return shown if shown == display.UNKNOWN else f"{shown}{display.NBSP}%"


@register.filter
def duration(length: timedelta | display.Amount | None) -> str:
    """Write a length of time in its two largest units."""
    return display.duration(length)


@register.filter
def age(moment: datetime | None, at: datetime | None) -> str:
    """Write how long before or after `at` a moment is."""
    return display.age(moment, at) if at else display.UNKNOWN


@register.filter
def ago(moment: datetime | None, at: datetime | None) -> str:
    """Write how long before `at` something was last seen; what came after `at` was taken is `just now`."""
    if moment and at and moment > at:
        return "just now"
    return age(moment, at)


@register.filter
def since(moment: datetime | None, at: datetime | None) -> str:
    """Write how long before `at` a moment was, as a length alone: `6 h 42 m`."""
    return display.duration(round((at - moment).total_seconds())) if at and moment else display.UNKNOWN


@register.filter
def mask(last: str | None) -> str:
    """Write the last characters of an identifier."""
    return display.mask(last)


@register.simple_tag
def moment(
    when: datetime | None, zone: str | None = None, style: str = "auto", at: datetime | None = None
) -> str | SafeString:
    """Write a `<time>` in the facility's zone, with UTC on hover."""
    if not when:
        return display.UNKNOWN
    shown = display.local(when, zone or "UTC", style or "auto", at)
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), display.utc(when), shown)


@register.simple_tag
def trend(values: Sequence[drawing.Value] | None, target: drawing.Value = None) -> drawing.Trend:
    """Lay out a sparkline."""
    return drawing.trend(values or [], target)


@register.simple_tag
def bar(start: datetime, end: datetime | None, first: datetime, last: datetime) -> drawing.Bar:
    """Place a bar on a line of time."""
    return drawing.bar(start, end, first, last)


@register.simple_tag
def span_length(span: object) -> str:
    """Write how long something with `started_at` and `ended_at` lasted; `—` while it has no end."""
    started, ended = cell(span, "started_at"), cell(span, "ended_at")
    if isinstance(started, datetime) and isinstance(ended, datetime):
        return display.duration(ended - started)
    return display.UNKNOWN


@register.filter
def at_depth(depth: int | None) -> str:
    """Return the class that indents a row of a tree; beyond six levels the indent stays."""
    return f"d{min(max(depth or 0, 0), 6)}" if depth else ""


@register.filter
def any_of(rows: Sequence[Mapping[str, object]], names: str) -> bool:
    """Say whether any row holds anything under any of these names."""
    return any(row.get(name) not in (None, "") for row in rows for name in names.split())


@register.filter
def cell(row: object, name: str) -> object:
    """Return a named value of a row, from its keys or its attributes."""
    if isinstance(row, dict):
        return row.get(name)
    return getattr(row, name, None)

"""The drawings of connectors."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from integrations.queries.connectors import DayCount


def per_day(counts: Sequence[DayCount], first: date, last: date) -> dict[str, Any] | None:
    """Return the items accepted a day as a bar chart and its table; None where nothing came at all."""
    if not counts:
        return None
    by_day = {count.day: count.n for count in counts}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    names, numbers = [f"{day.day} {day:%b}" for day in days], [by_day.get(day, 0) for day in days]
    bars = {"type": "bar", "x": names, "y": numbers, "marker": {"color": "var(--series-1)"}}
    return {
        "figure": {"data": [bars], "layout": {"bargap": 0.25, "xaxis": {"nticks": 10}}},
        "note": "items accepted a UTC day",
        "columns": [
            {"label": "Day", "name": "day", "kind": "head"},
            {"label": "Items", "name": "n", "kind": "number"},
        ],
        "rows": [{"day": day, "n": n} for day, n in zip(names, numbers, strict=True)],
    }

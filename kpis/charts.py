"""Pure: charts as plain Plotly figures; colours are names of the style sheet's tokens."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

Figure = dict[str, Any]
DAYS = {"tickformat": "%-d %b", "hoverformat": "%-d %b %Y"}
UPPER_HALF = Decimal("0.5")


def shares(names: Sequence[str], amounts: Sequence[Decimal], *, symbol: str) -> Figure:
    """Return bars, the largest on top."""
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": list(reversed(names)),
                "x": [float(amount) for amount in reversed(amounts)],
                "marker": {"color": "var(--series-1)"},
                "hovertemplate": f"%{{y}}<br>{symbol}%{{x:,.2f}}<extra></extra>",
            }
        ],
        "layout": {"xaxis": {"tickprefix": symbol, "tickformat": "~s"}},
    }


def rate(
    days: Sequence[date],
    values: Sequence[Decimal | None],
    so_far: Sequence[Decimal | None],
    *,
    target: Decimal | None,
    words: str | None,
) -> Figure:
    """Return a rate over days in percent, a gap where it is not known, and its target as a line.

    What is known only `so_far` stands as hollow points off the line, for it is not the last word.
    """
    moments = [day.isoformat() for day in days]
    data = [_line(moments, values)]
    if any(value is not None for value in so_far):
        data.append(_hollow(moments, so_far))
    if target is not None and moments:
        data.append(_goal(moments, target, words))
    known = [value for value in (*values, *so_far, target) if value is not None]
    axis: Figure = {"ticksuffix": " %"}
    if min(known, default=Decimal(0)) < UPPER_HALF:
        axis["rangemode"] = "tozero"  # a rate near 100 % would be a flat line under the top
    return {"data": data, "layout": {"yaxis": axis, "xaxis": DAYS}}


def _line(moments: Sequence[str], values: Sequence[Decimal | None]) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": moments,
        "y": [_percent(value) for value in values],
        "connectgaps": False,
        "line": {"color": "var(--series-1)", "width": 2},
        "marker": {"size": 5},
        "hovertemplate": "%{x}: %{y:.1f} %<extra></extra>",
    }


def _hollow(moments: Sequence[str], values: Sequence[Decimal | None]) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": moments,
        "y": [_percent(value) for value in values],
        "cliponaxis": False,
        "marker": {"size": 6, "symbol": "circle-open", "color": "var(--ink-3)"},
        "hovertemplate": "%{x}: %{y:.1f} % so far<extra></extra>",
    }


def _goal(moments: Sequence[str], target: Decimal, words: str | None) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [moments[0], moments[-1]],
        "y": [_percent(target)] * 2,
        "line": {"color": "var(--edge)", "dash": "dot", "width": 1.5},
        "hovertemplate": f"target {words}<extra></extra>",
    }


def _percent(value: Decimal | None) -> float | None:
    return None if value is None else float(value * 100)


def amounts(days: Sequence[date], values: Sequence[Decimal], *, symbol: str) -> Figure:
    """Return amounts over days as bars."""
    return {
        "data": [
            {
                "type": "bar",
                "x": [day.isoformat() for day in days],
                "y": [float(value) for value in values],
                "marker": {"color": "var(--series-1)"},
                "hovertemplate": f"%{{x}}: {symbol}%{{y:,.2f}}<extra></extra>",
            }
        ],
        "layout": {"yaxis": {"tickprefix": symbol, "tickformat": "~s"}, "xaxis": DAYS},
    }

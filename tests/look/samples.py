"""Believable page contexts: what the views hand to the templates, in the words and sizes that occur."""

# ruff: noqa: E501
# fmt: off

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

AT = datetime(2026, 11, 24, 15, 41, 20, tzinfo=UTC)
ZONE = "America/Chicago"
LONG_NAME = "Saint Bartholomew’s Regional Medical Center and Ambulatory Surgery Pavilion, North Campus"
Context = dict[str, Any]


def ago(**length: float) -> datetime:
    """Return the moment that long before AT."""
    return AT - timedelta(**length)


def shell(current: str = "Board", **more: Any) -> Context:
    """Return what base.html needs."""
    names = [["Board", "Transactions"], ["Connectors", "API"]]
    nav: list[list[Context]] = [
        [{"label": n, "url": f"/{n.lower()}/", "current": n == current, "count": None, "tone": ""} for n in group]
        for group in names
    ]
    nav[1][0]["count"], nav[1][0]["tone"] = 1, "bad"
    return {
        "nav": nav, "name": "Maria Okonkwo-Lindqvist", "role": "Revenue cycle support",
        "scope": "St. Mary’s and 2 more", "sign_out_url": "/sign-out/", "search_url": "/transactions/",
        "search_q": "", "degraded": [], **more,
    }


def pickers() -> Context:
    """Return the facility and period of a page."""
    return {
        "action": "/",
        "facilities": [{"value": "STM", "label": "St. Mary’s"}, {"value": "NRC", "label": LONG_NAME}],
        "facility": "",
        "periods": [{"value": "30", "label": "Last 30 days"}, {"value": "90", "label": "Last 90 days"}],
        "period": "30",
        "keep": [],
    }


def wave(length: int, level: float, rise: float = 0.0) -> list[float | None]:
    """Return a plausible series."""
    steps = [0.3, -0.2, 0.5, 0.1, -0.4, 0.2, -0.1, 0.4, -0.3, 0.0]
    return [level + steps[n % 10] * level * 0.12 + rise * n / length for n in range(length)]


def tile(name: str, **more: Any) -> Context:
    """Return one measure."""
    return {
        "name": name, "status": "on_target", "value": "96.8", "unit": "% of claims", "target": "≥ 95 %",
        "change": "+0.4 pts in 30 d", "trend": wave(30, 96), "trend_target": 95, "trend_label": "30 days, last 96.8",
        "variant": "Finally accepted ÷ finally answered, v1", "coverage": "4 of 4 connectors reporting",
        "why": "", "url": "/kpis/K07b/", **more,
    }


def tiles() -> list[Context]:
    """Return the board's measures, off target first."""
    return [
        tile("Initial denial rate", status="off_target", value="11.4", target="≤ 5 %", change="+2.1 pts in 30 d",
             trend=wave(30, 8, 3), trend_target=5, variant="By submission cohort, primary claims, v1",
             why="43 % of denied claims, 19 % of paid ones had a failed eligibility check", url="/kpis/K01/"),
        tile("Initial denial rate, amount", status="at_risk", value="7.9", unit="% of gross charges", target="≤ 5 %",
             change="+0.3 pts in 30 d", trend=wave(30, 7.5), trend_target=5, variant="Denied CAS amounts, v1",
             url="/kpis/K02/"),
        tile("Payer acceptance rate"),
        tile("Claims not yet adjudicated", status="incomplete", value=None, unit="days, median", target=None,
             change=None, trend=[None] * 12, coverage="2 of 4 connectors silent since 07:55", variant=""),
    ]


def counted(count: int, amount: str) -> Context:
    """Return a count with its money and its list."""
    return {"count": count, "amount": Decimal(amount), "url": f"/transactions/?n={count}"}


def phases() -> Context:
    """Return claims by step reached and outcome."""
    cells = [counted(412, "1308040.00"), counted(2317, "18423100.55"), None, counted(9, "88900"), None]
    titles = ["Submitted", "Acknowledged", "Adjudicated", "Posted"]
    return {
        "outcomes": ["None yet", "Accepted", "Rejected", "Denied", "Voided"],
        "rows": [
            {"title": t, "cells": cells[n:] + cells[:n], "total": counted(2738, "19820040.55")} for n, t in enumerate(titles)
        ],
        "unit": "claims", "basis": "gross charges", "note": "gross charges, not cash; each claim once",
    }


DENIAL_CATEGORIES = [
    ("Prior authorisation missing or invalid", 61, "310400"), ("Eligibility and coverage", 48, "212080.25"),
    ("Medical necessity", 22, "188400"), ("Coding and bundling", 37, "96120.10"), ("Timely filing", 9, "54300"),
    ("Coordination of benefits", 12, "22140"), ("Duplicate claim", 14, "9610.40"), ("Other or unmapped", 3, "812.99"),
]


def denials() -> Context:
    """Return denied amounts by category."""
    whole = sum(Decimal(amount) for _, _, amount in DENIAL_CATEGORIES)
    rows = [
        {"category": c, "url": "/transactions/?category=x", "count": n, "amount": Decimal(a), "share": Decimal(a) / whole}
        for c, n, a in DENIAL_CATEGORIES
    ]
    names = [c for c, _, _ in reversed(DENIAL_CATEGORIES)]
    figure = {
        "data": [{
            "type": "bar", "orientation": "h", "y": names, "x": [float(a) for _, _, a in reversed(DENIAL_CATEGORIES)],
            "marker": {"color": "var(--series-1)"}, "hovertemplate": "%{y}<br>$%{x:,.2f}<extra></extra>",
        }],
        "layout": {"xaxis": {"tickprefix": "$", "tickformat": "~s"}},
    }
    columns = [
        {"label": "Category", "name": "category", "kind": "head"}, {"label": "Claims", "name": "count", "kind": "number"},
        {"label": "Denied amount", "name": "amount", "kind": "exact"}, {"label": "Share", "name": "share", "kind": "percent"},
    ]
    return {
        "figure": figure, "rows": rows, "columns": columns, "total": counted(197, str(whole)), "basis": "denied amount",
        "note": "denied amount on first adjudication", "variant": "by category of the largest CARC, code table v1",
    }


def facilities() -> list[Context]:
    """Return the measures by facility."""
    names = [("St. Mary’s", "Hospital"), (LONG_NAME, "Hospital"), ("Riverside", "Hospital"), ("Cedar Clinics", "Clinic")]
    looks = [("off_target", "on_target"), ("at_risk", "on_target"), ("incomplete", "incomplete"), ("on_target", "at_risk")]
    return [
        {
            "name": name, "kind": kind, "url": "/?facility=x", "claims": 1203 * (4 - n), "held": Decimal("1308040") / (n + 1),
            "held_url": "/transactions/?facility=x", "denial_rate": None if n == 2 else Decimal("0.114") / (n + 1),
            "denial_status": looks[n][0], "acceptance": None if n == 2 else Decimal("0.968"), "acceptance_status": looks[n][1],
            "last_seen": None if n == 2 else ago(minutes=3 * n + 1),
        }
        for n, (name, kind) in enumerate(names)
    ]


def board(**more: Any) -> Context:
    """Return the board's context."""
    held = [
        {"title": "Claims", "amount": Decimal("1308040"), "basis": "gross charges", "count": 214, "unit": "claims", "url": "/transactions/?workflow=claim",
         "failed": counted(61, "310400"), "late": counted(153, "997640")},
        {"title": "Charges", "amount": Decimal("486220.10"), "basis": "gross charges", "count": 1206, "unit": "charges", "url": "/transactions/?workflow=charge",
         "failed": None, "late": counted(1206, "486220.10")},
        {"title": "Discharge to billing", "amount": None, "basis": "gross charges", "count": 31, "unit": "accounts", "url": "/transactions/?workflow=d",
         "failed": counted(4, "0"), "late": counted(27, "0")},
    ]
    headline = [
        {"text": "$1,308,040 is held up in 214 claims", "tone": "bad", "url": "/transactions/?workflow=claim&held=1"},
        {"text": " and $486,220 in 1,206 charges. ", "tone": "", "url": None},
        {"text": "11.4 % of claims are denied at first, target ≤ 5 %.", "tone": "", "url": None},
    ]
    page = {
        "as_of": AT, "zone": ZONE, "coverage": "4 of 4 connectors reporting",
        "notes": ["each workflow counts its own money, so they are not added"], "headline": headline, "held": held,
        "tiles": tiles(), "phases": phases(), "denials": denials(), "facilities": facilities(), "empty": False, **more,
    }
    return {"shell": shell("Board"), "board": page, "pickers": pickers()}


def kpi(**more: Any) -> Context:
    """Return one measure's page."""
    days = [(ago(days=29 - n)).date().isoformat() for n in range(30)]
    values = wave(30, 8, 3)
    figure = {
        "data": [
            {"type": "scatter", "mode": "lines", "x": days, "y": values, "line": {"color": "var(--bad)", "width": 2},
             "hovertemplate": "%{x}: %{y:.1f} %<extra></extra>"},
            {"type": "scatter", "mode": "lines", "x": [days[0], days[-1]], "y": [5, 5], "line": {"color": "var(--edge)", "dash": "dot", "width": 1.5},
             "hovertemplate": "target ≤ 5 %<extra></extra>"},
        ],
        "layout": {"yaxis": {"ticksuffix": " %", "rangemode": "tozero"}},
    }
    columns = [
        {"label": "Day", "name": "day", "kind": "head"}, {"label": "Denied", "name": "numerator", "kind": "number"},
        {"label": "Submitted", "name": "denominator", "kind": "number"}, {"label": "Rate", "name": "value", "kind": "percent"},
    ]
    rows = [{"day": d, "numerator": n + 2, "denominator": 41 + n, "value": Decimal(n + 2) / (41 + n)} for n, d in enumerate(days)]
    parts = [{"label": "Facility", "name": "name", "kind": "head"}, *columns[1:], {"label": "Status", "name": "status", "kind": "status"}]
    split = [{"name": f["name"], "url": "/kpis/K01/?facility=x", "numerator": 137, "denominator": 1203, "value": f["denial_rate"], "status": f["denial_status"]} for f in facilities()]
    page = {
        "key": "K01", "name": "Initial denial rate", "status": "off_target", "value": "11.4", "unit": "% of claims", "target": "≤ 5 %",
        "change": "+2.1 pts in 30 days", "question": "How many of the claims first submitted in this period were fully denied when the payer first answered?",
        "as_of": AT, "zone": ZONE, "coverage": "4 of 4 connectors reporting", "variant": "By submission cohort, v1",
        "sentence": "", "over_time": True, "url": "/transactions/?kpi=K01", "list_words": "All 137 denied claims",
        "figures": [
            {"label": "Denied at first", "value": 137, "kind": "number", "note": "claims"}, {"label": "First submitted", "value": 1203, "kind": "number", "note": "claims"},
            {"label": "Not yet adjudicated", "value": 412, "kind": "number", "note": "34 % of the cohort"}, {"label": "Denied amount", "value": Decimal("893862.74"), "kind": "money", "basis": "denied CAS amounts"},
        ],
        "trend": {"figure": figure, "columns": columns, "rows": rows, "note": "by day of first submission", "unit": "% of claims"},
        "breakdowns": [
            {"id": "by-facility", "title": "By facility", "columns": parts, "rows": split, "note": ""},
            {"id": "by-payer", "title": "By payer", "columns": [{**parts[0], "label": "Payer"}, *parts[1:]], "rows": [], "note": ""},
        ],
        "definition": [
            {"label": "Numerator", "value": "Claims whose first adjudication by the first payer is a full denial"},
            {"label": "Denominator", "value": "Claims first submitted in the period, in the facility’s zone; a replacement or void belongs to its original"},
            {"label": "Version", "value": "1"},
        ],
        "restated": "", **more,
    }
    return {"shell": shell("Board"), "kpi": page, "counts_url": "/kpis/K01/counts.csv", "pickers": pickers()}

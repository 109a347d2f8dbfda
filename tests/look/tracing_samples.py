"""Believable contexts of the transaction pages and the connector pages."""

# ruff: noqa: E501
# fmt: off

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.look.samples import AT, LONG_NAME, ZONE, Context, ago, shell, wave

STATES = ["late", "failed", "on_its_way", "waiting", "completed", "completed_with_errors", "voided", "expired"]
OUTCOMES = [None, "rejected", "accepted", None, "paid", "partly_denied", None, None]


def row(n: int) -> Context:
    """Return one row of the list."""
    return {
        "url": f"/transactions/{n}/", "title": f"Claim …{7714 + n}", "workflow": "Claim", "facility": LONG_NAME if n % 7 == 3 else "St. Mary’s",
        "state": STATES[n % 8], "step": ["Acknowledged", "Submitted", "Adjudicated"][n % 3], "step_note": "due 14 Nov, 10 days ago" if n % 8 == 0 else "",
        "outcome": OUTCOMES[n % 8], "payer": "Blue Cross Blue Shield of Illinois" if n % 3 else None, "amount": Decimal("4210.00") * (n + 1) ** 3 if n % 5 else None,
        "basis": "gross charges", "first_at": ago(hours=7 * n + 1), "due_at": None,
    }


def field(name: str, label: str, value: str = "", **more: Any) -> Context:
    """Return one filter."""
    return {"id": f"f-{name}", "name": name, "label": label, "value": value, "type": "select", "blank": "Any", "options": [{"value": "claim", "label": "Claim"}, {"value": "late", "label": "Late"}], **more}


def pair(name: str, label: str, kind: str) -> Context:
    """Return a from-to filter."""
    halves = [{"id": f"f-{name}-{end}", "name": f"{name}_{end}", "label": f"{label} {end}", "type": kind, "value": "", "step": "0.01" if kind == "number" else ""} for end in ("from", "to")]
    return {"type": "pair", "label": label, "halves": halves, "span": True}


def fields() -> list[Context]:
    """Return the filters of the list."""
    return [
        field("workflow", "Workflow", "claim"), field("state", "State", "late"), field("outcome", "Outcome"), field("facility", "Facility"),
        field("connector", "Connector"), pair("seen", "First seen", "date"), pair("amount", "Amount", "number"),
    ]


def transactions(rows: int = 50, **more: Any) -> Context:
    """Return the list of transactions."""
    q = more.pop("q", "")
    active = more.pop("active", [{"label": "Workflow: Claim", "remove_url": "?"}, {"label": "State: Late", "remove_url": "?"}])
    search = {
        "at": AT, "zone": ZONE, "q": q, "fields": fields(), "late": False, "active": active,
        "clear_url": "/transactions/", "url": "/transactions/",
    }
    results = {
        "rows": [row(n) for n in range(rows)], "summary": "More than 1,000 transactions" if rows else "No transactions", "note": "$4.2 M gross charges" if rows else "",
        "window": "First seen in the last 30 days", "outside": "More than 1,000 are", "widen_url": "?seen=all", "newer_url": None,
        "older_url": "?after=x" if rows else None, "where": "Newest 50", "asked": True,
        "tries": ["the claim number as the billing system wrote it", "the payer’s control number of the remittance", "the account number, with or without leading zeros"],
        "unreadable": "", **more,
    }
    return {"shell": shell("Transactions", search_q=q), "search": search, "results": results}


def steps() -> list[Context]:
    """Return a track with every status that occurs on one claim."""
    return [
        {"title": "Submitted", "status": "done", "at": ago(days=12), "due_at": None, "where": "Billing → clearinghouse", "note": "", "attempts": 2},
        {"title": "Acknowledged", "status": "done", "at": ago(days=11, hours=3), "due_at": None, "where": "Payer, 277CA", "note": "", "attempts": 1},
        {"title": "Adjudicated", "status": "late", "at": None, "due_at": ago(hours=6.7), "where": "Payer, 835", "note": "", "attempts": 0, "current": True},
        {"title": "Posted", "status": "ghost", "at": None, "due_at": AT + timedelta(days=4), "where": "Revenue cycle", "note": "", "attempts": 0},
    ]


def every_step() -> list[Context]:
    """Return a track with each status once."""
    more = [
        {"title": "Account ready", "status": "implied", "at": ago(days=3), "where": "Revenue cycle", "note": "a later step says so", "attempts": 0},
        {"title": "Coded", "status": "failed", "at": ago(hours=7), "where": "Coding", "note": "item is not in the master", "attempts": 3},
        {"title": "Final billed", "status": "reversed", "at": ago(hours=2), "where": "Billing", "note": "", "attempts": 1},
        {"title": "Claim submitted", "status": "waiting", "due_at": AT + timedelta(hours=8), "where": "Billing", "note": "bill hold", "attempts": 0},
    ]
    return [*steps()[:1], *more, *steps()[2:]]


def timeline() -> list[Context]:
    """Return what was said about a claim."""
    lines = [
        {"line": "1", "group": "CO", "code": "197", "words": "Precertification or authorisation absent", "note": "contractual obligation", "amount": Decimal("2400"), "quantity": None},
        {"line": "1", "group": "CO", "code": "45", "words": "Charge exceeds the fee schedule", "note": "contractual obligation", "amount": Decimal("1310.4"), "quantity": Decimal("2")},
        {"line": "2", "group": "PR", "code": "1", "words": "Deductible", "note": "patient responsibility", "amount": Decimal("499.6"), "quantity": None},
        {"line": "", "group": None, "code": "0450", "words": "Emergency room", "note": "gross charges", "amount": Decimal("4210"), "quantity": Decimal("1")},
    ]
    plain: Context = {"observed_at": None, "received_at": None, "reason": "", "amount": None, "basis": "", "via": "", "attributes": [], "flags": [], "superseded": "", "lines": [], "lines_basis": "", "source": "x12-clearinghouse"}
    return [
        {**plain, "id": "1", "title": "Claim submitted", "at": ago(days=13), "state": "done", "amount": Decimal("4210"), "basis": "gross charges", "superseded": "Superseded by the submission of 12 Nov", "attributes": [{"label": "Frequency", "value": "original (1)"}]},
        {**plain, "id": "2", "title": "Submission answered, 999", "at": ago(days=13), "received_at": ago(days=12), "state": "accepted_with_errors", "reason": "IK5 E: accepted, but errors were noted", "via": "bound through its set"},
        {**plain, "id": "3", "title": "Claim answered, 277CA of the payer", "at": ago(days=11, hours=3), "state": "rejected", "reason": "A7:21:PR — Rejected for invalid information: missing or invalid information (payer)", "flags": ["dated before service"]},
        {**plain, "id": "4", "title": "Remittance received", "at": ago(days=2), "state": "partly_denied", "amount": Decimal("0"), "basis": "paid", "lines": lines, "attributes": [{"label": "Claim status", "value": "processed as primary (1)"}]},
    ]


def trace() -> Context:
    """Return a trace as a waterfall."""
    began = ago(days=12)
    names = [("POST /claims", "Billing", 0, 0, 900), ("validate", "Billing", 1, 20, 110), ("map 837 loop 2300", "Integration hub", 1, 140, 520),
             ("lookup payer", "Integration hub", 2, 150, 210), ("translate diagnosis pointers and service line adjudication information", "Integration hub", 2, 220, 500),
             ("send to clearinghouse", "Clearinghouse", 1, 530, 880)]
    spans = [
        {"name": n, "system": s, "depth": d, "started_at": began + timedelta(milliseconds=a), "ended_at": began + timedelta(milliseconds=b),
         "error": "connection reset by peer" if s == "Clearinghouse" else "", "step": "Submitted" if d == 0 else ""}
        for n, s, d, a, b in names
    ]
    return {"title": "", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "started_at": began, "ended_at": began + timedelta(milliseconds=900), "spans": spans, "more": 0}


RENAMING = {"allowed": True, "url": "/transactions/1/merge/", "options": [{"value": "1", "label": "Account …2093"}, {"value": "2", "label": "Claim number …7714"}], "attempt": {"token": "", "new": "", "reason": "", "error": "", "undo": ""}}


def history() -> list[Context]:
    """Return what was merged, moved and taken back."""
    rows = [
        ("Account …2091 was merged into …2093", "Epic ADT", None, ""),
        ("Encounter …5001 moved from account …1880 to …2093", "Epic ADT", None, "A later one says otherwise, and holds."),
        ("Medical record number …118 was merged into …204", "by hand", ago(days=2), ""),
    ]
    return [
        {"event_id": f"e{n}", "words": words, "at": ago(days=9 - n), "by": by, "undone_at": undone, "standing": standing, "undo_url": "/x/"}
        for n, (words, by, undone, standing) in enumerate(rows)
    ]


def transaction(**more: Any) -> Context:
    """Return one transaction."""
    keys = [
        {"kind": "Claim number", "issuer": "NPI …0417", "last": "7714", "clear": None, "note": "names the transaction"},
        {"kind": "Patient control number", "issuer": "NPI …0417", "last": "7714", "clear": None, "note": ""},
        {"kind": "Payer claim control number", "issuer": "Blue Cross Blue Shield of Illinois", "last": "93A", "clear": None, "note": ""},
        {"kind": "Account", "issuer": "St. Mary’s", "last": "2093", "clear": "ACCT-0000100234-2093", "note": ""},
    ]
    lanes = {"started_at": ago(days=13), "ended_at": AT, "lanes": [
        {"title": "Billing", "marks": [{"started_at": ago(days=13), "ended_at": None, "tone": "", "words": "submitted 11 Nov"}, {"started_at": ago(days=12), "ended_at": None, "tone": "", "words": "submitted again 12 Nov"}], "waits": []},
        {"title": "Payer", "marks": [{"started_at": ago(days=11), "ended_at": None, "tone": "bad", "words": "rejected 13 Nov"}], "waits": [{"started_at": ago(days=10.9), "ended_at": AT}]},
    ]}
    linked = [
        {"title": "Charge …5528", "url": "/transactions/2/", "workflow": "Charge", "state": "completed", "via": "same account", "amount": Decimal("4210"), "basis": "gross charges", "where": "Posted", "first_at": ago(days=15)},
        {"title": "Discharge …2093", "url": "/transactions/3/", "workflow": "Discharge to billing", "state": "late", "via": "same account", "amount": None, "basis": "", "where": "Coded", "first_at": ago(days=16)},
    ]
    txn = {
        "at": AT, "zone": ZONE, "title": "Claim …7714", "workflow": "Claim", "facility": "St. Mary’s", "department": "Orthopaedics", "state": "late", "outcome": "accepted",
        "headline": [{"text": "Accepted by the payer 11 days ago; ", "tone": "", "url": None}, {"text": "its adjudication is 6 h 42 m late.", "tone": "risk", "url": None}],
        "figures": [
            {"label": "Charged", "value": Decimal("4210"), "kind": "exact", "basis": "gross charges"}, {"label": "Paid", "value": None, "kind": "exact", "basis": ""},
            {"label": "Late since", "value": ago(hours=6.7), "kind": "moment", "note": "6 h 42 m ago", "tone": "risk"}, {"label": "Owner", "value": "Revenue cycle systems", "kind": "text", "note": "of remits-in"}, {"label": "First seen", "value": ago(days=13), "kind": "moment", "note": ""},
        ],
        "answering": {
            "moved_by": "It moves on when “Adjudicated” comes.", "why": "“Adjudicated” has not come. For other claims here it came by remits-in.", "interface": "remits-in", "url": "/catalogue/interface/remits-in/",
            "owner_mail": "revenue-systems@cedarline.example", "backup_mail": "",
            "entry": {"owner": "Revenue cycle systems", "owner_contact": "revenue-systems@cedarline.example", "backup": "Business office", "backup_contact": "extension 4711", "runbook": "https://runbooks.cedarline.example/remits-in", "runbook_date": None, "failure_impact": "Payments are posted a day late"},
        },
        "steps": steps(), "timeline": timeline(), "keys": keys, "reveal": {"allowed": True, "url": "/transactions/1/reveal/", "until": None, "error": ""},
        "errors": [{"title": "The clearinghouse did not answer", "words": "The connection was reset while the claim file was being sent. It was sent again 20 hours later.", "code": "connection_reset", "at": ago(days=12), "where": "send to clearinghouse", "event_id": "2"}],
        "facts": [{"label": "Payer", "value": "Blue Cross Blue Shield of Illinois"}, {"label": "Claim type", "value": "Professional"}, {"label": "Workflow", "value": "Claim, version 1"}, {"label": "Trace", "value": "4bf92f3577b34da6a3ce929d0e0e4736", "kind": "code"}],
        "lanes": lanes, "traces": [trace()], "spans_allowed": True, "spans_note": "1 trace, 6 spans", "linked": linked, "linked_more": "", "history": history(), "renaming": RENAMING, **more,
    }
    return {"shell": shell("Transactions"), "txn": txn, "csrf_token": "x"}


def connectors(rows: int = 4, **more: Any) -> Context:
    """Return the connectors."""
    states = ["reporting", "silent", "never_seen", "retired"]
    listed = [
        {"url": "/connectors/x12/", "name": "Clearinghouse files" if n else LONG_NAME, "sub": "x12-clearinghouse · St. Mary’s", "state": states[n % 4], "last_seen": None if n % 4 == 2 else ago(minutes=n + 1),
         "accepted": 48210 // (n + 1), "rejected": 12 * (n % 2), "duplicates": 310, "conflicts": n % 3, "parked": 0}
        for n in range(rows)
    ]
    page = {"at": AT, "zone": ZONE, "headline": [{"text": "One of 4 connectors is silent", "tone": "bad", "url": "/connectors/x12/"}, {"text": ": claims of Riverside, since 07:55.", "tone": "", "url": None}], "coverage": "3 of 4 reporting", "rows": listed, "window": "last 24 hours", "command": "manage.py connector create NAME --facility CODE", **more}
    return {"shell": shell("Connectors"), "page": page}


def connector(**more: Any) -> Context:
    """Return one connector."""
    hours = [f"{h:02d}:00" for h in range(24)]
    figure = {"data": [{"type": "bar", "x": hours, "y": wave(24, 2000), "marker": {"color": "var(--series-1)"}}], "layout": {"bargap": 0.25}}
    page = {
        "at": AT, "zone": ZONE, "name": "Clearinghouse files", "slug": "x12-clearinghouse", "state": "reporting", "list_url": "/connectors/", "window": "last 24 hours",
        "headline": [{"text": "Clearinghouse files reported 2 m ago; ", "tone": "", "url": None}, {"text": "12 of 48,210 items were rejected.", "tone": "bad", "url": None}],
        "figures": [{"label": "Last seen", "value": ago(minutes=2), "kind": "age", "note": ""}, {"label": "Accepted", "value": 48210, "kind": "number", "note": "items"}, {"label": "Rejected", "value": 12, "kind": "number", "note": "items", "tone": "bad"}, {"label": "Duplicates", "value": 310, "kind": "number", "note": "sent again, counted once"}],
        "rejections": [{"code": "unknown_facility", "words": "No facility is known by this code", "hint": "Add the code to the crosswalk, then send the item again", "count": 11, "last_at": ago(minutes=9)}, {"code": "schema_violation", "words": "The data breaks its contract", "hint": "claim.submitted.v1: amount", "count": 1, "last_at": ago(hours=3)}],
        "conflicts": [{"words": "remit.received.v1 came again with another amount", "count": 2, "last_at": ago(hours=5), "url": None}], "parked": [{"at": ago(hours=9), "code": "poison_batch", "words": "Three attempts to apply it failed", "attempts": 3, "items": 500}],
        "unknown_types": [{"type": "charge.held.v1", "count": 4}], "dropped": [{"name": "patient.name", "count": 48210}],
        "activity": {"figure": figure, "note": "items accepted", "columns": [{"label": "Hour", "name": "hour", "kind": "head"}, {"label": "Items", "name": "n", "kind": "number"}], "rows": [{"hour": h, "n": 2000} for h in hours]},
        "facts": [{"label": "Facility", "value": "St. Mary’s"}, {"label": "May post for", "value": "St. Mary’s, Lakeside"}, {"label": "Signals", "value": "events, traces"}, {"label": "Made", "value": ago(days=90), "kind": "moment"}],
        "keys": [{"prefix": "tl_9f3c21", "state": "active", "created_at": ago(days=90), "last_used_at": ago(minutes=2), "revoked_at": None}, {"prefix": "tl_77aa01", "state": "revoked", "created_at": ago(days=300), "last_used_at": None, "revoked_at": ago(days=80)}],
        "keys_note": "two may be live while one replaces the other", **more,
    }
    return {"shell": shell("Connectors"), "connector": page}

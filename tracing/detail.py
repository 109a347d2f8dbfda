"""Everything the page of one transaction shows, put together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from integrations.catalogue.naming import code_of
from integrations.queries.facilities import facilities_in
from integrations.queries.register import entries_named
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.display import age, mask
from tracing import answering, called, charts, history, known_as, merging, timeline, titles, words
from tracing.declarations import latest, versions
from tracing.headline import Standing, headline
from tracing.known_as import Clear
from tracing.queries import keys, spans, transaction
from tracing.queries.keys import KeySeen
from tracing.queries.listing import Filters, listed
from tracing.queries.moves import moves_of
from tracing.queries.transaction import FactSeen, LineSeen, One, StepSeen
from tracing.rules.workflow import Workflow
from tracing.states import State
from tracing.timeline import Story

Context = dict[str, Any]
SPANS_SHOWN = 1_000
LINKED_SHOWN = 20
FACTS_READ = 300
ERRORS_SHOWN = 10
MORE_LINKED = "More share its identifiers; search for one of them to see all."


def workflow_of(name: str, version: int) -> Workflow:
    """Return the version of a workflow that a transaction was folded by, else the newest."""
    return next((each for each in versions()[name] if each.version == version), latest(name))


def page(*, scope: Scope, of: One, clear: Clear, at: datetime) -> Context:
    """Return `txn` for templates/tracing/transaction.html; `of` was read in the same scope."""
    workflow = workflow_of(of.workflow, of.workflow_version)
    steps = transaction.steps_of(scope=scope, of=of)
    hidden = called.hidden(scope, of, workflow)
    facts = called.without(transaction.facts_of(scope=scope, of=of, limit=FACTS_READ), hidden)
    lines = _by_event(transaction.lines_of(scope=scope, of=of))
    known = keys.keys_of(scope=scope, of=of)
    story = Story(workflow, facts, of.zone)
    entries = _entries(scope, facts)
    connectors = transaction.connector_names(scope=scope, of=of, ids={fact.connector_id for fact in facts})
    traced = (
        _traces(scope, of, facts, workflow)
        if scope.allows_at(Permission.SEE_SPANS, of.facility_id, workflow.domain)
        else None
    )
    mine = titles.title_kind(workflow)
    shown = titles.may_see(scope, of, workflow)
    last = next((key.last for key in known if shown and key.kind == mine), None)
    asked = answering.told(scope, of, workflow, steps)
    return {
        "at": at,
        "zone": of.zone,
        "title": workflow.title if last is None else f"{workflow.title} {mask(last)}",
        "workflow": workflow.title,
        "facility": of.facility,
        "department": of.department,
        "state": of.state,
        "outcome": of.outcome,
        "headline": headline(_standing(of, workflow, steps, facts, lines), at),
        "figures": [*_figures(of, workflow, steps, at), *answering.figures(asked)],
        "answering": asked,
        "steps": charts.track(of, workflow, steps, at),
        "submissions": timeline.submissions(story),
        "timeline": timeline.events(story, lines, connectors, {}, entries),
        "timeline_more": len(facts) == FACTS_READ,
        "errors": timeline.failures(story, lines, entries)[:ERRORS_SHOWN],
        "keys": known_as.shown(scope, known, of, workflow, clear),
        "facts": _about(of, workflow, called.told(scope, of, hidden)),
        "moves": _moves(scope, of, hidden),
        "history": history.told(scope, of, workflow, known),
        "renaming": merging.offered(scope, of, known),
        "lanes": charts.lanes(of, workflow, story.facts, of.zone, at),
        "spans_allowed": traced is not None,
        "traces": traced[0] if traced else [],
        "spans_note": traced[1] if traced else "",
        **_linked(scope, of, known, at),
    }


def _entries(scope: Scope, facts: Sequence[FactSeen]) -> dict[str, str]:
    """Return where the register tells of the interfaces that facts name, as far as one may see it."""
    said = {fact.interface: code_of(fact.interface) for fact in facts if fact.interface}
    named = entries_named(
        scope=scope.to(Permission.SEE_CATALOGUE), entries=[("interface", code) for code in said.values()]
    )
    return {
        name: reverse("integrations:catalogue-entry", args=["interface", code])
        for name, code in said.items()
        if ("interface", code) in named
    }


def _by_event(lines: Sequence[LineSeen]) -> dict[UUID, list[LineSeen]]:
    found: dict[UUID, list[LineSeen]] = {}
    for line in lines:
        found.setdefault(line.event_id, []).append(line)
    return found


def _standing(
    of: One,
    workflow: Workflow,
    steps: Sequence[StepSeen],
    facts: Sequence[FactSeen],
    lines: Mapping[UUID, Sequence[LineSeen]],
) -> Standing:
    by_name = {step.step: step for step in steps}
    failed = by_name.get(of.failed_step or "")
    decided = failed or by_name.get(workflow.outcome_step)
    current = by_name.get(of.current_step or "")
    return Standing(
        workflow=workflow,
        state=of.state,
        outcome=of.outcome,
        outcome_at=of.outcome_at,
        why=timeline.deciding_reason(facts, lines, decided.event_id if decided else None),
        paid=of.paid,
        denied=of.denied,
        current_step=of.current_step,
        current_at=current.at if current else None,
        failed_step=of.failed_step,
        failed_at=failed.at if failed else None,
        due_step=of.due_step,
        due_at=of.due_at,
        zone=of.zone,
        currency=settings.CURRENCY,
    )


def _figures(of: One, workflow: Workflow, steps: Sequence[StepSeen], at: datetime) -> list[Context]:
    exact = [
        ("Charged" if workflow.amount == "gross" else "Amount", of.amount, words.basis(workflow.amount), ""),
        ("Paid", of.paid, "", ""),
        ("Denied", of.denied, "by adjustment reasons", "bad" if of.denied else ""),
        ("Patient owes", of.patient_responsibility, "", ""),
    ]
    always = {"Charged", "Amount"}
    figures: list[Context] = [
        {"label": label, "value": value, "kind": "exact", "basis": basis, "tone": tone}
        for label, value, basis, tone in exact
        if value is not None or label in always
    ]
    # What failed is not waited for: its page says what went wrong instead.
    failed_at = next((step.at for step in steps if step.step == of.failed_step), None)
    if of.state == State.FAILED and failed_at is not None:
        # A remittance may announce the day of its money.
        figures.append(_since("Failed since" if failed_at <= at else "Fails on", failed_at, "bad", at))
    elif of.state == State.LATE and of.due_at is not None:
        figures.append(_since("Late since", of.due_at, "risk", at))
    elif of.due_at is not None and of.due_step is not None and of.state != State.FAILED:
        label = f"{workflow.step(of.due_step).title} due"
        figures.append({"label": label, "value": of.due_at, "kind": "moment", "note": ""})
    figures.append({"label": "First seen", "value": of.first_at, "kind": "moment", "note": ""})
    return figures


def _since(label: str, since: datetime, tone: str, at: datetime) -> Context:
    return {"label": label, "value": since, "kind": "moment", "note": age(since, at), "tone": tone}


def _about(of: One, workflow: Workflow, codes: list[Context]) -> list[Context]:
    pairs: list[Context] = [
        {"label": "Facility", "value": of.facility},
        *codes,
        {"label": "Workflow", "value": f"{workflow.title}, version {of.workflow_version}"},
    ]
    if of.variant:
        pairs.append({"label": "Payer in turn", "value": words.VARIANTS.get(of.variant, of.variant)})
    if not of.original:
        pairs.append({"label": "Began as", "value": "a replacement or void of another claim"})
    if of.first_outcome:
        pairs.append({"label": "First outcome", "value": words.outcome(of.first_outcome)})
        pairs.append({"label": "First decided", "value": of.first_outcome_at, "kind": "moment"})
    pairs.append({"label": "Last event", "value": of.last_at, "kind": "moment"})
    pairs.append({"label": "Id", "value": str(of.id), "kind": "code"})
    return pairs


def _moves(scope: Scope, of: One, hidden: frozenset[str]) -> list[Context]:
    """Return what mappings changed, in words; a facility that one may not see is not named."""
    names = {place.code: place.name for place in facilities_in(scope=scope)}

    def told(field: str, code: str) -> str:
        return names.get(code, "another facility") if field == "facility" else code or "none"

    return [
        {
            "title": f"{words.plain(each.field)} changed from {told(each.field, each.was)}"
            f" to {told(each.field, each.now)}",
            "reason": each.reason,
            "who": each.who or "the shell",
            "at": each.at,
        }
        for each in moves_of(scope=scope, of=of, id=of.id)
        if each.field not in hidden
    ]


def _traces(
    scope: Scope, of: One, facts: Sequence[FactSeen], workflow: Workflow
) -> tuple[list[Context], str]:
    traces = keys.traces_of(scope=scope, of=of)
    read = spans.spans_of(scope=scope, of=of, traces=traces, limit=SPANS_SHOWN + 1)
    shown = read[:SPANS_SHOWN]
    steps = {fact.event_id: workflow.step(fact.step).title for fact in facts}
    drawn = charts.waterfall(traces, shown, steps)
    if not drawn:
        return [], ""
    note = f"{_so_many(len(drawn), 'trace')}, {_so_many(len(shown), 'span')}"
    return drawn, f"{note}; more are not shown" if len(read) > SPANS_SHOWN else note


def _so_many(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _linked(scope: Scope, of: One, known: Sequence[KeySeen], at: datetime) -> Context:
    """Return the transactions that share a linking identifier; an identifier of very many tells nothing."""
    linking = {key.token: key.kind for key in known if key.linking and not key.former}
    shared = keys.sharing(scope=scope, of=of, tokens=linking, hub_size=settings.HUB_TRANSACTIONS)
    via: dict[UUID, set[str]] = {}
    for token, ids in shared.items():
        for id in ids:
            if id != of.id:
                via.setdefault(id, set()).add(_joined_by(linking[token]))
    if not via:
        return {"linked": [], "linked_more": ""}
    found = listed(scope=scope, filters=Filters(ids=tuple(sorted(via))), at=at, limit=LINKED_SHOWN + 1)
    named = titles.titles_of(scope, found, {name: latest(name) for name in versions()})
    rows = [
        {
            "title": named[row.id],
            "url": reverse("tracing:transaction", args=[row.id]),
            "workflow": latest(row.workflow).title,
            "state": row.state,
            "via": ", ".join(sorted(via[row.id])),
            "amount": row.amount,
            "basis": words.basis(latest(row.workflow).amount),
            "where": latest(row.workflow).step(row.current_step).title if row.current_step else "",
            "first_at": row.first_at,
        }
        for row in found[:LINKED_SHOWN]
    ]
    return {"linked": rows, "linked_more": MORE_LINKED if len(found) > LINKED_SHOWN else ""}


def _joined_by(kind: str) -> str:
    shown = {"claim": "patient_control_number", "submission_batch": "patient_control_number"}.get(kind, kind)
    return f"same {titles.kind_title(shown).lower()}"

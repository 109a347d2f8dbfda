"""The drawings of one transaction: its track, the lanes of its systems, the waterfall of its traces."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from observability.core import display
from tracing import words
from tracing.queries.keys import TraceSeen
from tracing.queries.spans import SpanSeen
from tracing.queries.transaction import FactSeen, One, StepSeen
from tracing.rules.workflow import Workflow
from tracing.states import State, step_status

Context = dict[str, Any]
DONE = ("completed", "implied")
LOG = 100  # the kind of a span that is a log record
LOG_ERROR = 17  # OTLP severity from which a log record is an error
SPAN_ERROR = 2
DEEPEST = 40  # a chain of parents longer than this is not drawn deeper


def track(of: One, workflow: Workflow, steps: Sequence[StepSeen], at: datetime) -> list[Context]:
    """Return every declared step: as it was passed, or as a ghost with the time it is due."""
    by_name = {step.step: step for step in steps}
    reached = max((workflow.positions[s.step] for s in steps if s.status in DONE), default=-1)
    shown = []
    for position, rule in enumerate(workflow.steps):
        seen = by_name.get(rule.name)
        promised = rule.name == of.due_step
        status = step_status(
            recorded=seen.status if seen else None,
            is_next=promised,
            phase=of.phase,
            due_at=of.due_at,
            not_before=of.not_before,
            at=at,
        )
        shown.append(
            {
                "title": rule.title,
                "status": status,
                "at": seen.at if seen else None,
                "due_at": of.due_at if promised else None,
                "where": (seen.interface if seen else None) or rule.system,
                "note": _note(seen, status),
                "attempts": seen.attempts if seen else 0,
                "current": position == reached + 1 and of.closed_at is None,
            }
        )
    return shown


def _note(seen: StepSeen | None, status: str) -> str:
    if status == "implied":
        return "a later step says so"
    if seen is None or status == "done":
        return words.outcome(seen.outcome) if seen and seen.outcome else ""
    return words.reason(seen.reason) if seen.reason and ":" not in seen.reason else ""


TONES = {"fails": "bad", "reverses": "risk", "completes": "good"}


def lanes(of: One, workflow: Workflow, facts: Sequence[FactSeen], zone: str, at: datetime) -> Context | None:
    """Return what each system did on one line of time; None where all of it happened in one moment."""
    moments = [fact.occurred_at for fact in facts]
    if not moments or min(moments) == max(moments):
        return None
    late = of.state == State.LATE and of.due_step is not None
    end = at if late else max(of.last_at, *moments)
    rows: dict[str, Context] = {
        rule.system: {"title": rule.system[:1].upper() + rule.system[1:], "marks": [], "waits": []}
        for rule in workflow.steps
    }
    for fact in facts:
        if fact.step not in {rule.name for rule in workflow.steps}:
            continue
        day = display.local(fact.occurred_at, zone, "day")
        mark = {
            "started_at": fact.occurred_at,
            "ended_at": None,
            "tone": TONES.get(fact.effect, ""),
            "words": f"{workflow.step(fact.step).title}, {_effect(fact)} {day}",
        }
        rows[workflow.step(fact.step).system]["marks"].append(mark)
    if late and of.due_step is not None:
        wait = {"started_at": max(moments), "ended_at": at}
        rows[workflow.step(of.due_step).system]["waits"].append(wait)
    lanes = [row for row in rows.values() if row["marks"] or row["waits"]]
    return {"lanes": lanes, "started_at": min(moments), "ended_at": end}


def _effect(fact: FactSeen) -> str:
    if fact.outcome:
        return words.outcome(fact.outcome).lower()
    return {"fails": "failed", "reverses": "taken back", "cancels": "voided", "feeds": "under way"}.get(
        fact.effect, "done"
    )


def waterfall(
    traces: Sequence[TraceSeen], spans: Sequence[SpanSeen], steps: Mapping[UUID, str]
) -> list[Context]:
    """Return each trace, its spans in the order of calls. `steps`: the step of a span that is an event."""
    shown = []
    for trace in traces:
        own = [span for span in spans if span.trace_id == trace.trace_id]
        if own:
            shown.append(
                {
                    "title": "",
                    "trace_id": trace.trace_id.hex,
                    "started_at": min(span.started_at for span in own),
                    "ended_at": max(span.ended_at for span in own),
                    "spans": [_span(span, depth, steps) for span, depth in in_order_of_calls(own)],
                    "more": 0,
                }
            )
    return shown


def in_order_of_calls(spans: Sequence[SpanSeen]) -> Iterable[tuple[SpanSeen, int]]:
    """Yield each span once with its depth, parents before children; one whose parent is missing is a root."""
    ids = {bytes(span.span_id) for span in spans if span.kind != LOG}
    children: dict[bytes | None, list[SpanSeen]] = {}
    for span in spans:
        parent = bytes(span.parent_id) if span.parent_id is not None else None
        known = parent in ids and parent != bytes(span.span_id)
        children.setdefault(parent if known else None, []).append(span)
    seen: set[UUID] = set()
    waiting = [(span, 0) for span in reversed(children.get(None, []))]
    while waiting:
        span, depth = waiting.pop()
        if span.event_id in seen:
            continue
        seen.add(span.event_id)
        yield span, min(depth, DEEPEST)
        if span.kind != LOG:
            called = children.get(bytes(span.span_id), [])
            waiting += [(child, depth + 1) for child in reversed(called)]
    # Parents that name each other in a ring hang under no root.
    yield from ((span, 0) for span in spans if span.event_id not in seen)


def is_error(span: SpanSeen) -> bool:
    """Say whether a span or log record tells of an error."""
    return span.status >= LOG_ERROR if span.kind == LOG else span.status == SPAN_ERROR


def _span(span: SpanSeen, depth: int, steps: Mapping[UUID, str]) -> Context:
    return {
        "name": span.name,
        "system": span.service,
        "depth": depth,
        "started_at": span.started_at,
        "ended_at": span.ended_at,
        "error": (span.message or "Failed") if is_error(span) else "",
        "step": steps.get(span.event_id, ""),
    }

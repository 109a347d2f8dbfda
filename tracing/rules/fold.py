"""Pure: where a transaction stands, as a function of the set of facts known about it.

No order of arrival, repetition or split can show in the result, because the facts are a set here and
every column has a declared law: a minimum, a maximum, a sum over distinct facts, or a *register*, the
value of the fact that is last by (occurred_at, sequence, error before success before reversal, event_id).
Times are microseconds since 1970 UTC.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from tracing.rules.calendar import Calendar, due
from tracing.rules.cycle import Cycle, cycle_of
from tracing.rules.facts import FactRow, in_order
from tracing.rules.phases import Phase
from tracing.rules.steps import DONE, StepState, states_of
from tracing.rules.workflow import Workflow

DENIALS = ("denied", "partly_denied")
PAID_AFTER_VOID = "paid_after_void"


class Due(msgspec.Struct, frozen=True, gc=False):
    """The next promise of an open transaction."""

    step: str
    due_at: int


class Folded(msgspec.Struct, frozen=True, gc=False):
    """Everything that is stored of a transaction beside its facts."""

    version: int
    phase: str
    outcome: str | None
    outcome_at: int | None
    first_outcome: str | None
    first_outcome_at: int | None
    first_outcome_event: bytes | None
    current_step: str | None
    failed_step: str | None
    reason: str | None
    facility_id: int
    payer: str | None
    department: str | None
    variant: str | None
    original: bool
    amount: Decimal | None
    paid: Decimal | None
    denied: Decimal | None
    patient_responsibility: Decimal | None
    started_at: int | None
    first_at: int
    last_at: int
    closed_at: int | None
    facts: int
    steps: tuple[StepState, ...]
    deadline: Due | None
    superseded: frozenset[bytes]


def fold(workflow: Workflow, facts: Sequence[FactRow], calendar: Calendar) -> Folded:
    """Return where the transaction of these facts (at least one) stands."""
    known = in_order(workflow, facts, calendar)
    cycle = cycle_of(workflow, known)
    steps = states_of(workflow, known, cycle)
    by_name = {state.step: state for state in steps}
    phase, failed = _phase(workflow, by_name, cycle)
    outcome = _outcome(workflow, by_name, cycle)
    first = _first_outcome(workflow, known)
    said = _said_of_itself(workflow, [fact for fact in known if fact.direct] or known)
    started = [f.occurred_at for f in known if f.step == workflow.steps[0].name and f.effect == "completes"]
    moments = [fact.occurred_at for fact in known]
    settled = _settled(workflow, by_name, cycle)
    return Folded(
        version=workflow.version,
        phase=phase,
        outcome=outcome[0] if outcome else None,
        outcome_at=outcome[1] if outcome else None,
        first_outcome=first.outcome if first else None,
        first_outcome_at=first.occurred_at if first else None,
        first_outcome_event=first.event_id if first else None,
        current_step=next((s.step for s in reversed(steps) if s.status in DONE), None),
        failed_step=failed.step if failed else None,
        reason=failed.reason if failed else None,
        facility_id=said.facility_id,
        payer=said.payer,
        department=said.department,
        variant=said.variant,
        original=_original(workflow, known),
        amount=_amount(workflow, known),
        paid=_paid(workflow, known),
        denied=settled.denied if settled else None,
        patient_responsibility=settled.patient_responsibility if settled else None,
        started_at=min(started, default=None),
        first_at=min(moments),
        last_at=max(moments),
        closed_at=None if phase in (Phase.OPEN, Phase.FAILED) else _closed_at(steps, cycle),
        facts=len(known),
        steps=steps,
        deadline=_deadline(workflow, by_name, phase, failed, calendar, cycle),
        superseded=cycle.superseded,
    )


def _phase(workflow: Workflow, steps: dict[str, StepState], cycle: Cycle) -> tuple[Phase, StepState | None]:
    if cycle.paid_after is not None:  # nobody waits for that money, and somebody has to give it back
        step = steps[workflow.outcome_step]
        return Phase.FAILED, replace(step, reason=PAID_AFTER_VOID, at=cycle.paid_after.occurred_at)
    if cycle.cancelled is not None:
        return Phase.CANCELLED, None
    reached = max((workflow.positions[s.step] for s in steps.values() if s.status in DONE), default=-1)
    failed = [s for s in steps.values() if s.status == "failed"]
    standing = [s for s in failed if workflow.positions[s.step] > reached]
    if standing:
        return Phase.FAILED, standing[-1]
    required = [rule.name for rule in workflow.steps if rule.required]
    missing = [name for name in required if name not in steps or steps[name].status not in DONE]
    if missing and (missing[-1] == required[-1] or not required):
        return Phase.OPEN, None
    # The last step has come. A gap before it, a failure overcome or a partial outcome is not clean.
    unclean = missing or failed or any(s.outcome in workflow.with_errors for s in steps.values())
    return (Phase.COMPLETED_WITH_ERRORS if unclean else Phase.COMPLETED), None


def _outcome(workflow: Workflow, steps: dict[str, StepState], cycle: Cycle) -> tuple[str, int] | None:
    if cycle.paid_after is not None:
        return PAID_AFTER_VOID, cycle.paid_after.occurred_at
    if cycle.cancelled is not None:
        return cycle.cancelled.outcome or "voided", cycle.cancelled.occurred_at
    for rule in reversed(workflow.steps):
        state = steps.get(rule.name)
        if state is not None and state.outcome is not None and state.status != "progressing":
            return state.outcome, state.at
    return None


def _first_outcome(workflow: Workflow, known: list[FactRow]) -> FactRow | None:
    """The first judgement by the first payer, whatever came after it.

    The word of a system that a claim was denied is none: only amounts under denial reasons say so.
    """
    return next(
        (
            fact
            for fact in known
            if fact.step == workflow.outcome_step
            and fact.effect in ("completes", "fails")
            and fact.outcome
            and (fact.denied is not None or fact.outcome not in DENIALS)
        ),
        None,
    )


def _settled(workflow: Workflow, steps: dict[str, StepState], cycle: Cycle) -> FactRow | None:
    """The fact that the current judgement rests on: its denied amount is the one that stands."""
    state = steps.get(workflow.outcome_step)
    if state is None or state.status not in ("completed", "failed"):
        return None
    return cycle.by_id[state.event_id]


class _Said(msgspec.Struct, gc=False):
    """Where and for whom a transaction is, as its own events say."""

    facility_id: int
    payer: str | None = None
    department: str | None = None
    variant: str | None = None


def _said_of_itself(workflow: Workflow, direct: Sequence[FactRow]) -> _Said:
    said = _Said(direct[-1].facility_id)
    variant = workflow.variant or ""
    for fact in direct:
        if fact.payer is not None:
            said.payer = fact.payer
        if fact.department is not None:
            said.department = fact.department
        named = fact.attributes.get(variant)
        if named is not None:
            said.variant = named
    return said


def _paid(workflow: Workflow, known: list[FactRow]) -> Decimal | None:
    """What judgements paid or took back; its posting later on is the same money and not counted again."""
    values = [
        fact.amount
        for fact in known
        if fact.basis == "paid"
        and fact.step == workflow.outcome_step
        and fact.effect != "feeds"
        and fact.amount is not None
    ]
    return sum(values, Decimal(0)) if values else None


def _amount(workflow: Workflow, known: list[FactRow]) -> Decimal | None:
    """What the transaction is worth: as its own steps say, else as an answer to it quotes it.

    A void takes back what was billed, whatever charge it carries: often none. A take-back quotes it negative.
    """
    voided = None
    for fact in reversed(known):
        if fact.amount is not None and fact.basis == workflow.amount:
            if fact.effect != "cancels":
                return fact.amount
            voided = voided or fact.amount
    quoted = (f.billed for f in reversed(known) if f.billed is not None and f.effect != "reverses")
    return next(quoted, voided)


def _original(workflow: Workflow, known: list[FactRow]) -> bool:
    if workflow.replacement_attribute is None:
        return True
    first = next((f for f in known if f.step == workflow.steps[0].name), None)
    return (
        first is None
        or first.attributes.get(workflow.replacement_attribute) not in workflow.replacement_values
    )


def _closed_at(steps: tuple[StepState, ...], cycle: Cycle) -> int:
    if cycle.cancelled is not None:
        return cycle.cancelled.occurred_at
    return max(state.at for state in steps)


def _deadline(
    workflow: Workflow,
    steps: dict[str, StepState],
    phase: Phase,
    failed: StepState | None,
    calendar: Calendar,
    cycle: Cycle,
) -> Due | None:
    if failed is not None:
        return Due(step=failed.step, due_at=failed.at)  # what failed is due for action at once
    if phase is not Phase.OPEN:
        return None
    reached = max((workflow.positions[s.step] for s in steps.values() if s.status in DONE), default=-1)
    promises = []
    for rule in workflow.steps[reached + 1 :]:
        made = steps.get(rule.within.anchor) if rule.within is not None else None
        if rule.within is not None and made is not None and made.status in DONE:
            by_day = cycle.by_id[made.event_id].by_day
            promises.append(Due(rule.name, due(rule.within, made.at, calendar, by_day=by_day)))
    return min(promises, key=lambda promise: promise.due_at, default=None)

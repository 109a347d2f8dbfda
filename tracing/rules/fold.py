"""Pure: where a transaction stands, as a function of the set of facts known about it.

No order of arrival, repetition or split can show in the result, because the facts are a set here and
every column has a declared law: a minimum, a maximum, a sum over distinct facts, or a *register*, the
value of the fact that is last by (occurred_at, sequence, error before success before reversal, event_id).
Times are microseconds since 1970 UTC.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from tracing.rules.calendar import Calendar, due
from tracing.rules.cycle import Cycle, cycle_of
from tracing.rules.facts import FactRow, in_order
from tracing.rules.phases import Phase
from tracing.rules.workflow import StepRule, Workflow

DONE = ("completed", "implied")
DENIALS = ("denied", "partly_denied")
PAID_AFTER_VOID = "paid_after_void"
T = TypeVar("T")


class StepState(msgspec.Struct, frozen=True, gc=False):
    """Where one step stands; the columns of the table of steps."""

    step: str
    status: str  # completed, failed, reversed, progressing, implied
    at: int
    first_at: int
    event_id: bytes
    outcome: str | None
    reason: str | None
    attempts: int
    failures: int
    interface: str | None


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
    steps = _steps(workflow, known, cycle)
    by_name = {state.step: state for state in steps}
    phase, failed = _phase(workflow, by_name, cycle)
    outcome = _outcome(workflow, by_name, cycle)
    first = _first_outcome(workflow, known)
    direct = [fact for fact in known if fact.direct] or known
    started = [f.occurred_at for f in known if f.step == workflow.steps[0].name and f.effect == "completes"]
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
        facility_id=direct[-1].facility_id,
        payer=_register(direct, lambda f: f.payer),
        department=_register(direct, lambda f: f.department),
        variant=_register(direct, lambda f: f.attributes.get(workflow.variant or "")),
        original=_original(workflow, known),
        amount=_amount(workflow, known),
        paid=_sum(known, lambda f: _paid(workflow, f)),
        denied=settled.denied if settled else None,
        patient_responsibility=settled.patient_responsibility if settled else None,
        started_at=min(started, default=None),
        first_at=min(fact.occurred_at for fact in known),
        last_at=max(fact.occurred_at for fact in known),
        closed_at=None if phase in (Phase.OPEN, Phase.FAILED) else _closed_at(steps, cycle),
        facts=len(known),
        steps=steps,
        deadline=_deadline(workflow, by_name, phase, failed, calendar),
        superseded=cycle.superseded,
    )


def _steps(workflow: Workflow, known: list[FactRow], cycle: Cycle) -> tuple[StepState, ...]:
    states: dict[str, StepState] = {}
    for rule in workflow.steps:
        said = [fact for fact in known if fact.step == rule.name]
        state = _step_state(rule, said, cycle)
        if state is not None:
            states[rule.name] = state
    for rule in workflow.steps:
        implying = states.get(rule.name)
        if implying is None or implying.status not in ("completed", "failed"):
            continue
        for name in rule.implies:
            if name not in states or states[name].status != "completed":
                states[name] = _implied(name, implying, states.get(name))
    return tuple(states[rule.name] for rule in workflow.steps if rule.name in states)


def _step_state(rule: StepRule, said: list[FactRow], cycle: Cycle) -> StepState | None:
    current = [fact for fact in said if fact.event_id not in cycle.superseded and fact.effect != "cancels"]
    if not current:
        return None
    deciding = [fact for fact in current if fact.effect != "feeds"]
    last = (deciding or current)[-1]
    status = STATUS[last.effect]
    done = [fact.occurred_at for fact in said if fact.effect == "completes"]
    return StepState(
        step=rule.name,
        status=status,
        at=last.occurred_at,
        first_at=min(done) if done else said[0].occurred_at,
        event_id=last.event_id,
        outcome=_register(deciding or current, lambda f: f.outcome),
        reason=last.reason,
        attempts=sum(1 for fact in said if fact.effect in ("completes", "fails")),
        failures=sum(1 for fact in said if fact.effect == "fails"),
        interface=_register(current, lambda f: f.interface),
    )


STATUS = {"completes": "completed", "fails": "failed", "reverses": "reversed", "feeds": "progressing"}


def _implied(name: str, by: StepState, was: StepState | None) -> StepState:
    return StepState(
        step=name,
        status="implied",
        at=by.at,
        first_at=min(by.at, was.first_at) if was else by.at,
        event_id=by.event_id,
        outcome=None,
        reason=None,
        attempts=was.attempts if was else 0,
        failures=was.failures if was else 0,
        interface=by.interface,
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


def _register(known: Sequence[FactRow], of: Callable[[FactRow], T | None]) -> T | None:
    for fact in reversed(known):
        value = of(fact)
        if value is not None:
            return value
    return None


def _sum(known: list[FactRow], of: Callable[[FactRow], Decimal | None]) -> Decimal | None:
    values = [value for value in map(of, known) if value is not None]
    return sum(values, Decimal(0)) if values else None


def _paid(workflow: Workflow, fact: FactRow) -> Decimal | None:
    """What a judgement paid, or took back; its posting later on is the same money and not counted again."""
    judged = fact.step == workflow.outcome_step and fact.effect != "feeds"
    return fact.amount if judged and fact.basis == "paid" else None


def _amount(workflow: Workflow, known: list[FactRow]) -> Decimal | None:
    """What the transaction is worth: as its own steps say, else as an answer to it quotes it."""
    said = _register(known, lambda f: f.amount if f.basis == workflow.amount else None)
    return said if said is not None else _register(known, lambda f: f.billed)


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
) -> Due | None:
    if failed is not None:
        return Due(step=failed.step, due_at=failed.at)  # what failed is due for action at once
    if phase is not Phase.OPEN:
        return None
    reached = max((workflow.positions[s.step] for s in steps.values() if s.status in DONE), default=-1)
    promises = [
        Due(step=rule.name, due_at=due(rule.within, steps[rule.within.anchor].at, calendar))
        for rule in workflow.steps[reached + 1 :]
        if rule.within is not None
        and rule.within.anchor in steps
        and steps[rule.within.anchor].status in DONE
    ]
    return min(promises, key=lambda promise: promise.due_at, default=None)

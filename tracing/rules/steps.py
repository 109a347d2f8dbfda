"""Pure: where each step of a transaction stands."""

from typing import TypeVar

import msgspec

from tracing.rules.cycle import Cycle
from tracing.rules.facts import FactRow
from tracing.rules.workflow import Workflow

DONE = ("completed", "implied")
STATUS = {"completes": "completed", "fails": "failed", "reverses": "reversed", "feeds": "progressing"}
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


def states_of(workflow: Workflow, known: list[FactRow], cycle: Cycle) -> tuple[StepState, ...]:
    """Return the steps that anything is known of, in the order of the workflow, from facts in their order."""
    said: dict[str, list[FactRow]] = {}
    for fact in known:
        said.setdefault(fact.step, []).append(fact)
    states: dict[str, StepState] = {}
    for rule in workflow.steps:
        state = _step_state(rule.name, said[rule.name], cycle) if rule.name in said else None
        if state is not None:
            states[rule.name] = state
    for rule in workflow.steps:
        implying = states.get(rule.name)
        if implying is None or implying.status not in ("completed", "failed", "reversed"):
            continue
        for name in rule.implies:
            if name not in states or states[name].status != "completed":
                states[name] = _implied(name, implying, states.get(name))
    return tuple(states[rule.name] for rule in workflow.steps if rule.name in states)


def _step_state(step: str, said: list[FactRow], cycle: Cycle) -> StepState | None:
    """Where a step stands: what decided it last, else what fed it last; counts are of all that was said."""
    current = [fact for fact in said if fact.event_id not in cycle.superseded and fact.effect != "cancels"]
    if not current:
        return None
    deciding = [fact for fact in current if fact.effect != "feeds"] or current
    last = deciding[-1]
    effects = [fact.effect for fact in said]
    failures = effects.count("fails")
    done = [fact.occurred_at for fact in said if fact.effect == "completes"]
    return StepState(
        step=step,
        status=STATUS[last.effect],
        at=last.occurred_at,
        first_at=min(done) if done else said[0].occurred_at,
        event_id=last.event_id,
        outcome=_last([fact.outcome for fact in deciding]),
        reason=last.reason,
        attempts=len(done) + failures,
        failures=failures,
        interface=_last([fact.interface for fact in current]),
    )


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


def _last(said: list[T | None]) -> T | None:
    """The register: what was said last, where anything was."""
    if said[-1] is not None:
        return said[-1]
    return next((value for value in reversed(said) if value is not None), None)

"""Pure: the state of a transaction, which is its phase seen at a moment."""

from datetime import datetime
from enum import StrEnum

from tracing.rules.phases import AWAITING, Phase


class State(StrEnum):
    """What a person calls it. The values are keys of the statuses that pages show."""

    ON_ITS_WAY = "on_its_way"
    WAITING = "waiting"
    LATE = "late"
    FAILED = "failed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    VOIDED = "voided"
    EXPIRED = "expired"


# A phase in which nothing is awaited any more looks the same at every moment.
SETTLED = {
    Phase.FAILED: State.FAILED,
    Phase.COMPLETED: State.COMPLETED,
    Phase.COMPLETED_WITH_ERRORS: State.COMPLETED_WITH_ERRORS,
    Phase.CANCELLED: State.VOIDED,
    Phase.EXPIRED: State.EXPIRED,
}
PHASES = {state: phase for phase, state in SETTLED.items()}


def state_at(*, phase: str, due_at: datetime | None, not_before: datetime | None, at: datetime) -> State:
    """Return the state at the moment `at`. The SQL of tracing.queries.states says the same."""
    settled = SETTLED.get(Phase(phase))
    if settled is not None:
        return settled
    if due_at is not None and due_at < at:
        return State.LATE
    if not_before is not None and not_before > at:
        return State.WAITING
    return State.ON_ITS_WAY


def is_late(*, phase: str, due_at: datetime | None, at: datetime) -> bool:
    """Say whether a promise is broken: also that of a failed transaction, if it has one."""
    return Phase(phase) in AWAITING and due_at is not None and due_at < at


def step_status(
    *,
    recorded: str | None,
    is_next: bool,
    phase: str,
    due_at: datetime | None,
    not_before: datetime | None,
    at: datetime,
) -> str:
    """Return how one step of a track is shown. `recorded` is its stored status, None while it is missing."""
    if recorded is not None and recorded != "progressing":
        return {"completed": "done"}.get(recorded, recorded)
    if Phase(phase) is Phase.OPEN and is_next:
        state = state_at(phase=phase, due_at=due_at, not_before=not_before, at=at)
        if state is not State.ON_ITS_WAY:
            return state.value
    return recorded or "ghost"

"""Pure: the first sentence of a transaction's page, made of nothing but facts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from observability.core import display
from tracing import words
from tracing.rules.workflow import Workflow
from tracing.states import State

# Outcomes that are worth saying before where the transaction is now: sentence and tone.
TELLING = {
    "denied": "bad",
    "partly_denied": "risk",
    "paid": "good",
    "zero_pay": "",
    "reversed": "risk",
    "pended": "risk",
    "rejected": "bad",
    "voided": "",
    "paid_after_void": "bad",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the sentence."""

    text: str
    tone: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts that the sentence is made of."""

    workflow: Workflow
    state: str
    outcome: str | None
    outcome_at: datetime | None
    why: str  # words for the outcome's or the failure's reason
    paid: Decimal | None
    denied: Decimal | None
    current_step: str | None
    current_at: datetime | None
    failed_step: str | None
    failed_at: datetime | None
    due_step: str | None
    due_at: datetime | None
    zone: str
    currency: str


def headline(standing: Standing, at: datetime) -> list[Part]:
    """Return the sentence: what it came to, then what it waits for."""
    parts = _came_to(standing, at)
    rest = _awaits(standing, at)
    if not parts:
        parts, rest = _got_to(standing, at), rest
    if rest:
        parts = [*parts[:-1], Part(f"{parts[-1].text}; ", parts[-1].tone), rest] if parts else [_first(rest)]
    return (
        [*parts[:-1], Part(f"{parts[-1].text}.", parts[-1].tone)] if parts else [Part("Nothing known yet.")]
    )


def _first(part: Part) -> Part:
    return Part(part.text[:1].upper() + part.text[1:], part.tone)


def _came_to(s: Standing, at: datetime) -> list[Part]:
    if s.outcome not in TELLING or s.outcome_at is None:
        return _failed(s, at)
    tone = TELLING[s.outcome]
    text = words.outcome(s.outcome)
    if s.outcome == "paid" and s.paid is not None:
        text = f"Paid {display.money_exact(s.paid, s.currency)}"
    text += _on(s.outcome_at, s, at)
    if s.why and s.outcome != "paid":
        text += f": {_lower(_without(words.outcome(s.outcome), s.why))}"
    parts = [Part(text, tone)]
    if s.denied and s.outcome in ("denied", "partly_denied"):
        parts = [Part(f"{text}; ", tone), Part(f"{display.money_exact(s.denied, s.currency)} not paid", tone)]
    return parts


def _failed(s: Standing, at: datetime) -> list[Part]:
    if s.state != State.FAILED or s.failed_step is None:
        return []
    said = f"Failed at “{s.workflow.step(s.failed_step).title}”{_on(s.failed_at, s, at)}"
    return [Part(f"{said}: {_lower(s.why)}" if s.why else said, "bad")]


def _got_to(s: Standing, at: datetime) -> list[Part]:
    if s.current_step is None:
        return []
    step = s.workflow.step(s.current_step)
    ago = f" {display.age(s.current_at, at)}" if s.current_at else ""
    tone = "good" if s.state == State.COMPLETED else ""
    return [Part(f"{_done(step.title, step.done)}{ago}", tone)]


def _done(title: str, done: str) -> str:
    word = done[:1].upper() + done[1:]
    # "Accepted by the payer" says more than "accepted", and "Payment posted" more than "posted".
    return title if done in title.lower() else word


def _awaits(s: Standing, at: datetime) -> Part | None:
    if s.due_step is None or s.due_at is None or s.state not in (State.LATE, State.WAITING, State.ON_ITS_WAY):
        return None
    what = f"“{s.workflow.step(s.due_step).title}”"
    if s.state == State.LATE:
        return Part(f"{what} is {display.duration(round((at - s.due_at).total_seconds()))} late", "risk")
    return Part(f"waiting for {what}, due {display.age(s.due_at, at)}")


def _on(moment: datetime | None, s: Standing, at: datetime) -> str:
    if moment is None:
        return ""
    there, now = moment.astimezone(ZoneInfo(s.zone)), at.astimezone(ZoneInfo(s.zone))
    year = f" {there.year}" if there.year != now.year else ""
    return f" on {there.day} {there:%b}{year}"


def _without(said: str, why: str) -> str:
    """Return a reason without the outcome that it begins with: that is said already."""
    rest = why[len(said) :].lstrip(":; ") if why.lower().startswith(said.lower()) else ""
    return rest or why


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text

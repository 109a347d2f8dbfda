"""Pure: a declared workflow, as the fold reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from observability.accounts.roles import Domain


@dataclass(frozen=True, slots=True)
class Within:
    """A promise: so long after another step. Business days skip weekends and holidays of the facility."""

    anchor: str
    seconds: int
    business_days: int


@dataclass(frozen=True, slots=True)
class StepRule:
    """One stage of a workflow."""

    name: str
    title: str
    done: str  # the word for having passed it
    system: str
    place: int  # where its events stand within a day, unless they carry a sequence of their own
    required: bool
    restarts: bool  # passing it again begins a new cycle: later steps are awaited anew
    implies: tuple[str, ...]  # steps that cannot but have happened once this one did
    within: Within | None


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a transaction that are judged one by one, such as the submissions of a claim."""

    title: str
    opened_by: str
    judged_by: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """One version of a workflow."""

    name: str
    version: int
    valid_from: date
    title: str
    plural: str
    domain: Domain
    instance: str
    amount: str
    money: str
    variant: str | None
    order_within_day: bool  # events of one day are ordered by place and sequence before the clock
    outcome_step: str
    replacement_attribute: str | None
    replacement_values: frozenset[str]
    parts: Parts | None
    with_errors: frozenset[str]  # outcomes that complete a transaction, but not cleanly
    steps: tuple[StepRule, ...]
    positions: Mapping[str, int]  # of each step in the order of the declaration

    def step(self, name: str) -> StepRule:
        """Return one step's rule."""
        return self.steps[self.positions[name]]


UNITS = {"minutes": 60, "hours": 3_600, "days": 86_400}


def _within(spec: dict[str, Any] | None) -> Within | None:
    if spec is None:
        return None
    seconds = sum(UNITS[unit] * spec[unit] for unit in UNITS if unit in spec)
    return Within(anchor=spec["from"], seconds=seconds, business_days=spec.get("business_days", 0))


def _step(spec: dict[str, Any]) -> StepRule:
    return StepRule(
        name=spec["name"],
        title=spec["title"],
        done=spec["done"],
        system=spec["system"],
        place=spec.get("place", 0),
        required=spec.get("required", True),
        restarts=spec.get("restarts", False),
        implies=tuple(spec.get("implies", ())),
        within=_within(spec.get("within")),
    )


def parse(declared: dict[str, Any]) -> Workflow:
    """Return the workflow of a declaration that has passed its schema."""
    replaced = declared.get("replaced_by", {})
    parts = declared.get("parts")
    steps = tuple(_step(spec) for spec in declared["steps"])
    return Workflow(
        name=declared["name"],
        version=declared["version"],
        valid_from=declared["valid_from"],
        title=declared["title"],
        plural=declared["plural"],
        domain=Domain(declared["domain"]),
        instance=declared["instance"],
        amount=declared["amount"],
        money=declared["money"],
        variant=declared.get("variant"),
        order_within_day=declared.get("order_within_day", False),
        outcome_step=declared["outcome_step"],
        replacement_attribute=replaced.get("attribute"),
        replacement_values=frozenset(replaced.get("values", ())),
        parts=Parts(**parts) if parts else None,
        with_errors=frozenset(declared.get("with_errors", ())),
        steps=steps,
        positions={rule.name: n for n, rule in enumerate(steps)},
    )

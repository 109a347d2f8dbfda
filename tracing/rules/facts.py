"""Pure: one fact about a transaction, and the order of facts."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tracing.rules.calendar import Calendar
from tracing.rules.workflow import Workflow


class FactRow(msgspec.Struct, gc=False):
    """One business event about one transaction, as the fold reads it. Times in microseconds UTC."""

    transaction_id: bytes
    event_id: bytes
    type: str
    step: str
    effect: str  # completes, fails, reverses, feeds, cancels
    sequence: int
    occurred_at: int
    facility_id: int
    department: str | None
    payer: str | None
    interface: str | None
    outcome: str | None
    basis: str | None
    amount: Decimal | None
    reason: str | None
    attributes: dict[str, str]
    part_opens: tuple[bytes, ...]
    part_refers: tuple[bytes, ...]
    direct: bool
    place: int = 0  # its place among the facts of its transaction, once they are in order

    def _money(self, name: str) -> Decimal | None:
        value = self.attributes.get(name)
        return None if value is None else Decimal(value)

    @property
    def by_day(self) -> bool:
        """Whether its sender knows the day only."""
        return self.attributes.get("date_only") == "true"

    @property
    def billed(self) -> Decimal | None:
        """The gross charge that an answer quotes."""
        return self._money("billed")

    @property
    def denied(self) -> Decimal | None:
        """What this judgement denied."""
        return self._money("denied")

    @property
    def patient_responsibility(self) -> Decimal | None:
        """What this judgement left to the patient."""
        return self._money("patient_responsibility")


# At one moment and sequence an error is overcome by a success, and a success taken back by its reversal.
RANK = {"feeds": 0, "fails": 1, "completes": 2, "reverses": 3, "cancels": 4}

Order = tuple[int, int, int, int, bytes]


def in_order(workflow: Workflow, facts: Iterable[FactRow], calendar: Calendar) -> list[FactRow]:
    """Return facts in the order in which they count, each with its place; no two facts share one.

    By the clock, then the sender's sequence. Where a workflow says so, by the local day, then the
    sequence (else the place of the step), then the clock: a file that carries only days would otherwise
    put an answer before what it answers.
    """
    if workflow.order_within_day:
        places = {rule.name: rule.place for rule in workflow.steps}
        known = sorted(facts, key=lambda fact: _by_day(fact, places, calendar))
    else:
        known = sorted(facts, key=_by_clock)
    for place, fact in enumerate(known):
        fact.place = place
    return known


def _by_clock(fact: FactRow) -> Order:
    return 0, fact.occurred_at, fact.sequence, RANK[fact.effect], fact.event_id


def _by_day(fact: FactRow, places: dict[str, int], calendar: Calendar) -> tuple[int, Order]:
    sequence = fact.sequence or places.get(fact.step, 0)
    return calendar.day_number(fact.occurred_at), (
        sequence,
        fact.occurred_at,
        0,
        RANK[fact.effect],
        fact.event_id,
    )

"""Pure: one fact about a transaction, and the order of facts."""

from decimal import Decimal

import msgspec


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

    def _money(self, name: str) -> Decimal | None:
        value = self.attributes.get(name)
        return None if value is None else Decimal(value)

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

Order = tuple[int, int, int, bytes]


def order(fact: FactRow) -> Order:
    """Return the place of a fact among the facts of its transaction; no two facts share one."""
    return fact.occurred_at, fact.sequence, RANK[fact.effect], fact.event_id

"""277CA: the answer to a whole batch (HL 21) or to one provider's part of it (HL 19) that lists no claims.

Where claims are listed below it, each of them says for itself what became of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from integrations.adapters.x12.claim_status import Status, deciding
from integrations.adapters.x12.events import batch_sent, provider_ids
from integrations.adapters.x12.findings import Finding

BATCH, PROVIDERS_PART = "batch", "provider"
# A batch is received on the day it was sent or up to two days later; the nearest day that knows it counts.
ANSWERS: Final = ("answers", "answers_day_before", "answers_two_days_before")


@dataclass(slots=True)
class WholeAnswer:
    """What one HL says about everything below it."""

    statuses: list[Status] = field(default_factory=list)
    lists_claims: bool = False

    @property
    def rejects_all(self) -> bool:
        """Whether it rejects what is below it, and no claim there says anything for itself."""
        return not self.lists_claims and self._rejects

    @property
    def place(self) -> int:
        """The segment to tell it by."""
        return self.statuses[0].segment.number

    @property
    def _rejects(self) -> bool:
        return bool(self.statuses) and deciding(self.statuses).outcome == "rejected"

    def beside_its_claims(self) -> Iterator[Finding]:
        """Tell a rejection of the whole where claims are listed: those count as each of them says."""
        if self._rejects:
            words = f"{deciding(self.statuses).reason}: rejected as a whole, yet its claims are listed"
            yield Finding(self.place, "batch_rejected", f"{words}; each counts as it says itself")


@dataclass(frozen=True, slots=True)
class About:
    """Whom such an answer is about."""

    whole: str
    submitter: str
    batch: str
    received: date | None
    npi: str
    tin: str

    @property
    def generality(self) -> int:
        """How far it stands, on one day, before the word on a single claim: the more general, the earlier."""
        return 2 if self.whole == BATCH else 1

    def names(self) -> dict[str, str]:
        """Return what its claims are known by together, for each day; empty where that is not said."""
        if self.received is None or (self.whole == PROVIDERS_PART and not self.npi):
            return {}
        npi = self.npi if self.whole == PROVIDERS_PART else ""
        sent = {
            each: batch_sent(self.submitter, self.batch, self.received - timedelta(days=before), npi)
            for before, each in enumerate(ANSWERS)
        }
        return {each: name for each, name in sent.items() if name}

    def what_is_missing(self) -> str:
        """Say why nobody can tell which claims it is about."""
        said = {
            "the submitter (NM1*41)": self.submitter,
            "the number of the batch (TRN02)": self.batch,
            "the day it was received (DTP*050)": self.received,
            "the NPI of the provider": self.npi or self.whole == BATCH,
        }
        missing = [name for name, value in said.items() if not value] or ["a name short enough for a key"]
        return f"answered as a whole, without {', '.join(missing)}: its claims cannot be found; not sent"

    def data(self) -> dict[str, Any]:
        """Return the fields of the event that say so."""
        provider = self.whole == PROVIDERS_PART
        return {
            "whole": self.whole,
            **self.names(),
            "facility_ids": provider_ids(self.npi, self.tin) if provider else None,
            "batch": self.batch,
            "submitter": self.submitter,
        }

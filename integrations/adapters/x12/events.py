"""An event as it is posted, and the identity that makes a second run of the same file a duplicate."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from integrations.adapters.x12.elements import EARLIEST_YEAR, Moment
from integrations.adapters.x12.envelope import SetHeader

# Order within one day, where X12 has dates only.
SUBMITTED: Final = 100  # plus the claim frequency digit
INTERCHANGE_ACKED: Final = 190
SET_ACKED: Final = 200
CLAIM_ACKED: Final = {"clearinghouse": 300, "payer": 310}
REMITTED: Final = 400
# A take-back mostly undoes what an earlier day decided, and the correction comes that day, often in another
# set: so it stands before remittances, unless its own set remits the claim before it.
TAKEN_BACK: Final = 390
TAKEN_BACK_AT_ONCE: Final = 410
CORRECTED: Final = 420
TOTALLED: Final = 430
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One business event read from a file. `segment` is where it began; it is not posted."""

    id: str
    type: str
    source: str
    time: str
    data: dict[str, Any]
    segment: int
    file: str = ""

    def cloudevent(self) -> dict[str, Any]:
        """Return the CloudEvents 1.0 JSON form."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "time": self.time,
            "datacontenttype": "application/json",
            "data": self.data,
        }


def make_event(
    kind: str,
    header: SetHeader,
    *,
    position: int,
    claim: str,
    at: Moment,
    segment: int,
    data: dict[str, Any],
    known_as: tuple[str, ...] = (),
) -> Event:
    """Return the event of item `position` of a set. Absent values are left out of the data.

    `known_as`: what tells the set from every other where that is not its envelope, as a payment that is sent
    again has another.
    """
    identity = json.dumps([kind, *(known_as or header.identity), position, claim])
    said = {name: value for name, value in data.items() if value not in (None, "", [], ())}
    # X12 names no zone: the server knows where the facility's day begins, and what its clocks show.
    said["date_only" if at.at is None else "local_time"] = True
    return Event(
        id=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest(),
        type=f"{kind}.v1",
        source="x12:" + quote(header.interchange.sender, safe=""),
        time=str(at),
        data=said,
        segment=segment,
    )


def date_flags(at: Moment, service_from: date | None, contradiction: str) -> list[str]:
    """Return flags for dates that cannot be: an event before its service, a year before 1990.

    Dates are flagged and left as they are; what they should have been is not ours to guess.
    """
    flags = [contradiction] if service_from and at.day < service_from else []
    if any(day.year < EARLIEST_YEAR for day in (at.day, service_from) if day):
        flags.append("year_out_of_range")
    return ["impossible_date", *flags] if flags else []


def batch_of(submitter: str, batch: str, claim: str) -> str | None:
    """Return the number of the batch of a claim; None where the three are too long to be one key together."""
    return batch if len("/".join((submitter, batch, claim))) <= LONGEST_NAME else None


def batch_sent(submitter: str, batch: str, day: date, npi: str = "") -> str | None:
    """Return what the claims of one batch are known by together, or those of one provider in it.

    With the day, since numbers of batches come again. None where a part is missing, or too long for a key.
    """
    name = "/".join([submitter, batch, day.isoformat(), *([npi] if npi else [])])
    return name if submitter and batch and len(name) <= LONGEST_NAME else None


def provider_ids(npi: str, tin: str) -> list[dict[str, str]]:
    """Return the identifiers a facility crosswalk may know, most specific first."""
    known = (("npi", npi), ("tin", tin))
    return [{"authority": authority, "code": code} for authority, code in known if code]


def issuer_of(npi: str, tin: str, submitter: str) -> str:
    """Return who numbers the claims: the billing provider, else whoever submits for it."""
    if npi or tin:
        return f"npi:{npi}" if npi else f"tin:{tin}"
    return f"submitter:{submitter}"

"""Claims as connectors post them: six events of one claim, in CloudEvents' JSON form."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 5, tzinfo=UTC)
NPI = "1999999984"
ISSUER = f"npi:{NPI}"
EVENTS_PER_CLAIM = 6


def claim_no(number: int) -> str:
    """Return the number a claim goes by."""
    return f"B{number:09d}"


def account_no(number: int) -> str:
    """Return the account of a claim."""
    return f"A{number:09d}"


def payer(number: int) -> str:
    """Return the id of its payer."""
    return f"PAYER{number % 7}"


def instance(number: int) -> str:
    """Return what names the claim's transaction."""
    return f"{claim_no(number)}/P"


def claim_events(number: int, *, start: datetime = START) -> list[dict[str, Any]]:
    """Return the six events of claim `number`: submitted, three acknowledgements, remitted, posted."""
    return [claim_event(number, place, start=start) for place in range(EVENTS_PER_CLAIM)]


def claim_event(number: int, place: int, *, start: datetime = START) -> dict[str, Any]:
    """Return one of the six events of claim `number`."""
    kind, hours, said = SAID[place]
    at = start + timedelta(seconds=number % 2_000_000, hours=hours)
    return {
        "specversion": "1.0",
        "id": f"{claim_no(number)}-{place}",
        "source": "bench",
        "type": kind,
        "time": at.isoformat(),
        "data": said(number),
    }


def _shared(number: int) -> dict[str, Any]:
    return {
        "claim_no": claim_no(number),
        "issuer": ISSUER,
        "facility_ids": [{"authority": "npi", "code": NPI}],
    }


def _batch(number: int) -> dict[str, Any]:
    return {"submitter": "BENCH", "batch": str(number // 100)}


def _submitted(number: int) -> dict[str, Any]:
    return {
        **_shared(number), **_batch(number), "payer_sequence": "P", "payer": payer(number),
        "amount": "450.00", "frequency": "1", "claim_type": "P", "account_no": account_no(number),
        "sequence": 101,
    }  # fmt: skip


def _acked(outcome: str, reason: str, sequence: int) -> Callable[[int], dict[str, Any]]:
    answer = {"level": "277CA", "outcome": outcome, "reason": reason, "sequence": sequence}
    return lambda number: {**_shared(number), **_batch(number), **answer}


def _remitted(number: int) -> dict[str, Any]:
    return {
        **_shared(number), "payer_sequence": "P", "payer": payer(number), "claim_status": "1",
        "billed": "450.00", "paid": "310.00", "patient_responsibility": "40.00",
        "payer_claim_control": f"K{number:09d}", "sequence": 400,
        "lines": [
            {"line": "1", "group": "CO", "code": "45", "basis": "adjustment", "amount": "100.00"},
            {"line": "1", "group": "PR", "code": "3", "basis": "adjustment", "amount": "40.00"},
        ],
    }  # fmt: skip


def _posted(number: int) -> dict[str, Any]:
    return {**_shared(number), "payer_sequence": "P", "amount": "310.00", "sequence": 500}


# Of each event of a claim: its type, its hours after the first, and what it says.
SAID: tuple[tuple[str, int, Callable[[int], dict[str, Any]]], ...] = (
    ("claim.submitted.v1", 0, _submitted),
    ("claim.acked.v1", 1, _acked("received", "A1:19", 300)),
    ("claim.acked.v1", 20, _acked("accepted", "A2:20", 310)),
    ("claim.acked.v1", 21, _acked("pending", "A4:20", 311)),
    ("remit.received.v1", 300, _remitted),
    ("payment.posted.v1", 310, _posted),
)


def standing_events(number: int, *, start: datetime) -> list[dict[str, Any]]:
    """Return three events of a claim, under three keys: submitted, accepted, remitted."""
    said = [claim_events(number, start=start)[place] for place in (0, 2, 4)]
    for event in said:
        for name in ("submitter", "batch", "payer_claim_control", "lines"):
            event["data"].pop(name, None)
    return said


def later_event(number: int, place: int, at: datetime) -> dict[str, Any]:
    """Return one more event of a claim, said once: its id carries the moment."""
    event = claim_event(number, place)
    return event | {"id": f"{event['id']}-{at.timestamp():.6f}", "time": at.isoformat()}

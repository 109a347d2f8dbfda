"""Claims as connectors post them: six events of one claim, in CloudEvents' JSON form."""

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
    claim = claim_no(number)
    began = start + timedelta(seconds=number % 2_000_000)
    shared = {
        "claim_no": claim,
        "issuer": ISSUER,
        "payer_sequence": "P",
        "facility_ids": [{"authority": "npi", "code": NPI}],
    }
    batch = {"submitter": "BENCH", "batch": str(number // 100)}
    acked = (
        {key: value for key, value in shared.items() if key != "payer_sequence"} | batch | {"level": "277CA"}
    )
    said: list[tuple[str, float, dict[str, Any]]] = [
        (
            "claim.submitted.v1",
            0,
            shared
            | batch
            | {
                "payer": payer(number), "amount": "450.00", "frequency": "1", "claim_type": "P",
                "account_no": account_no(number), "sequence": 101,
            },
        ),
        ("claim.acked.v1", 1, acked | {"outcome": "received", "reason": "A1:19", "sequence": 300}),
        ("claim.acked.v1", 20, acked | {"outcome": "accepted", "reason": "A2:20", "sequence": 310}),
        ("claim.acked.v1", 21, acked | {"outcome": "pending", "reason": "A4:20", "sequence": 311}),
        (
            "remit.received.v1",
            300,
            shared
            | {
                "payer": payer(number), "claim_status": "1", "billed": "450.00", "paid": "310.00",
                "patient_responsibility": "40.00", "payer_claim_control": f"K{number:09d}", "sequence": 400,
                "lines": [
                    {"line": "1", "group": "CO", "code": "45", "basis": "adjustment", "amount": "100.00"},
                    {"line": "1", "group": "PR", "code": "3", "basis": "adjustment", "amount": "40.00"},
                ],
            },
        ),
        ("payment.posted.v1", 310, shared | {"amount": "310.00", "sequence": 500}),
    ]  # fmt: skip
    return [
        {
            "specversion": "1.0",
            "id": f"{claim}-{place}",
            "source": "bench",
            "type": kind,
            "time": (began + timedelta(hours=hours)).isoformat(),
            "data": data,
        }
        for place, (kind, hours, data) in enumerate(said)
    ]


def standing_events(number: int, *, start: datetime) -> list[dict[str, Any]]:
    """Return three events of a claim, under three keys: submitted, accepted, remitted."""
    said = [claim_events(number, start=start)[place] for place in (0, 2, 4)]
    for event in said:
        for name in ("submitter", "batch", "payer_claim_control", "lines"):
            event["data"].pop(name, None)
    return said


def later_event(number: int, place: int, at: datetime) -> dict[str, Any]:
    """Return one more event of a claim, said once: its id carries the moment."""
    event = claim_events(number)[place]
    return event | {"id": f"{event['id']}-{at.timestamp():.6f}", "time": at.isoformat()}

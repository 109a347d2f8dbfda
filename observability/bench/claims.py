"""Claims as connectors post them: six events of one claim, in CloudEvents' JSON form."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 1, 5, tzinfo=UTC)
NPI = "1999999984"
EVENTS_PER_CLAIM = 6


def claim_events(number: int, *, start: datetime = START) -> list[dict[str, Any]]:
    """Return the six events of claim `number`: submitted, three acknowledgements, remitted, posted."""
    claim = f"B{number:09d}"
    began = start + timedelta(seconds=number % 2_000_000)
    shared = {
        "claim_no": claim,
        "issuer": f"npi:{NPI}",
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
                "payer": f"PAYER{number % 7}", "amount": "450.00", "frequency": "1", "claim_type": "P",
                "account_no": f"A{number:08d}", "sequence": 101,
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
                "payer": f"PAYER{number % 7}", "claim_status": "1", "billed": "450.00", "paid": "310.00",
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

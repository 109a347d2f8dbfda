"""Claims as connectors post them: six events of one claim, in CloudEvents' JSON form."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

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


class Numbers(NamedTuple):
    """The numbers of one claim, as its events name them."""

    claim: str
    account: str
    payer: str
    batch: str
    control: str


def numbers(number: int) -> Numbers:
    """Return the numbers of claim `number`."""
    return Numbers(claim_no(number), account_no(number), payer(number), str(number // 100), f"K{number:09d}")


def claim_events(number: int, *, start: datetime = START) -> list[dict[str, Any]]:
    """Return the six events of claim `number`: submitted, three acknowledgements, remitted, posted."""
    named = numbers(number)
    first = start + timedelta(seconds=number % 2_000_000)
    return [
        _event(place, named, f"{named.claim}-{place}", (first + timedelta(hours=hours)).isoformat())
        for place, (_, hours, _) in enumerate(SAID)
    ]


def _event(place: int, named: Numbers, name: str, time: str) -> dict[str, Any]:
    kind, _, said = SAID[place]
    return {
        "specversion": "1.0",
        "id": name,
        "source": "bench",
        "type": kind,
        "time": time,
        "data": said(named),
    }


def _shared(named: Numbers) -> dict[str, Any]:
    return {
        "claim_no": named.claim,
        "issuer": ISSUER,
        "facility_ids": [{"authority": "npi", "code": NPI}],
    }


def _submitted(named: Numbers) -> dict[str, Any]:
    return {
        **_shared(named), "submitter": "BENCH", "batch": named.batch, "payer_sequence": "P",
        "payer": named.payer, "amount": "450.00", "frequency": "1", "claim_type": "P",
        "account_no": named.account, "sequence": 101,
    }  # fmt: skip


def _acked(outcome: str, reason: str, sequence: int) -> Callable[[Numbers], dict[str, Any]]:
    answer = {"level": "277CA", "outcome": outcome, "reason": reason, "sequence": sequence}
    return lambda named: {**_shared(named), "submitter": "BENCH", "batch": named.batch, **answer}


def _remitted(named: Numbers) -> dict[str, Any]:
    return {
        **_shared(named), "payer_sequence": "P", "payer": named.payer, "claim_status": "1",
        "billed": "450.00", "paid": "310.00", "patient_responsibility": "40.00",
        "payer_claim_control": named.control, "sequence": 400,
        "lines": [
            {"line": "1", "group": "CO", "code": "45", "basis": "adjustment", "amount": "100.00"},
            {"line": "1", "group": "PR", "code": "3", "basis": "adjustment", "amount": "40.00"},
        ],
    }  # fmt: skip


def _posted(named: Numbers) -> dict[str, Any]:
    return {**_shared(named), "payer_sequence": "P", "amount": "310.00", "sequence": 500}


# Of each event of a claim: its type, its hours after the first, and what it says.
SAID: tuple[tuple[str, int, Callable[[Numbers], dict[str, Any]]], ...] = (
    ("claim.submitted.v1", 0, _submitted),
    ("claim.acked.v1", 1, _acked("received", "A1:19", 300)),
    ("claim.acked.v1", 20, _acked("accepted", "A2:20", 310)),
    ("claim.acked.v1", 21, _acked("pending", "A4:20", 311)),
    ("remit.received.v1", 300, _remitted),
    ("payment.posted.v1", 310, _posted),
)
FIELDS = Numbers(*(f"%({name})s" for name in Numbers._fields))
FURTHER_KEYS = ("account_no", "submitter", "batch", "payer_claim_control")


def standing_events(number: int, *, start: datetime) -> list[dict[str, Any]]:
    """Return three events of a claim, under three keys: submitted, accepted, remitted."""
    said = [_under_three_keys(claim_events(number, start=start)[place]) for place in (0, 2, 4)]
    for event in said:
        event["data"].pop("lines", None)
    return said


def _under_three_keys(event: dict[str, Any]) -> dict[str, Any]:
    """Leave an event the claim itself, the number its provider gave it, and the claim as its payer has it."""
    data = {name: said for name, said in event["data"].items() if name not in FURTHER_KEYS}
    return event | {"data": data}


def later(at: datetime) -> Callable[[int, int], msgspec.Raw]:
    """Return what makes one more event, said once at a moment, of a claim and a place among its six, under
    the three keys of a standing claim.

    They are text from the start: the client is no part of the product, and shares its processors.
    """
    texts = [
        msgspec.json.encode(
            _under_three_keys(
                _event(place, FIELDS, f"{FIELDS.claim}-{place}-{at.timestamp():.6f}", at.isoformat())
            )
        ).decode()
        for place in range(len(SAID))
    ]
    return lambda number, place: msgspec.Raw(texts[place] % numbers(number)._asdict())

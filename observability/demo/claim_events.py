"""The moves of a claim as business events, in the form in which the X12 adapter would post them."""

from collections.abc import Iterator
from datetime import date
from functools import singledispatch
from typing import Any

from observability.demo.claims import Ack, Claim, Move, Posting, Remit, Submission
from observability.demo.moments import MINUTE, money
from observability.demo.network import CLEARINGHOUSE, REVENUE, SUBMITTER, Place
from observability.demo.saying import Said, event, span_id, trace_of
from observability.demo.story import Story
from observability.demo.visits import Visit

SEQUENCE_OF_ACK = {"clearinghouse": 300, "payer": 310}
SUBMITTED, SET_ACKED, REMITTED, TAKEN_BACK, CORRECTED = 100, 200, 400, 410, 420


def claim_events(claim: Claim) -> Iterator[Said]:
    """Yield every move of a claim as an event."""
    for index, move in enumerate(claim.moves):
        yield _event(move, claim, f"{claim.visit.place.code}/{claim.number}/{index}")


def posting_events(claim: Claim) -> Iterator[Said]:
    """Yield only what the revenue cycle system says: a facility that sends files sends the rest in them."""
    for index, move in enumerate(claim.moves):
        if isinstance(move, Posting):
            yield _event(move, claim, f"{claim.visit.place.code}/{claim.number}/{index}")


def set_ack(place: Place, day: date, sent_at: int, story: Story) -> Said:
    """Return the 999 for the set of claims that a facility sent on a day."""
    data: dict[str, Any] = {
        "facility": place.code,
        "interface": "claim-answers",
        "level": "999",
        "outcome": "accepted",
        "set": set_of(place, day),
        "sequence": SET_ACKED,
    }
    if story.is_refused_set(place.code, day):
        data |= {"outcome": "rejected", "reason": "R:5", "error_at": "NM1/14/9"}
    at = sent_at + 25 * MINUTE
    return event(CLEARINGHOUSE, "claim.acked.v1", f"{place.code}/999/{day}", at, data)


def set_of(place: Place, day: date) -> str:
    """Return the name of the set: sender, group and set control number."""
    return f"{SUBMITTER}-{place.code}/{day:%y%m%d}/0001"


def _common(claim: Claim, interface: str) -> dict[str, Any]:
    place = claim.visit.place
    return {
        "facility_ids": [{"authority": "npi", "code": place.npi}],
        "interface": interface,
        "claim_no": claim.number,
        "issuer": place.issuer,
    }


@singledispatch
def _event(move: Move, claim: Claim, name: str) -> Said:
    raise TypeError(move)


@_event.register
def _(move: Submission, claim: Claim, name: str) -> Said:
    visit = claim.visit
    first = visit.day.isoformat()
    data = _common(claim, "claims-out") | {
        "payer_sequence": move.sequence,
        "payer": move.payer.code,
        "member": visit.member,
        "claim_type": "I" if visit.stays else "P",
        "frequency": move.frequency,
        "amount": money(visit.cents),
        "account_no": visit.account,
        "set": set_of(visit.place, move.day),
        "set_date": move.day.isoformat(),
        "batch": f"{visit.place.code}{move.day:%y%m%d}",
        "submitter": SUBMITTER,
        "service_from": first,
        "service_to": first,
        "lines": [
            {
                "line": str(number),
                "code": line.code,
                "basis": "gross",
                "amount": money(line.cents),
                "quantity": str(line.quantity),
            }
            for number, line in enumerate(visit.lines, 1)
        ],
        "sequence": SUBMITTED + int(move.frequency),
    }
    if move.original:
        data["payer_claim_control"] = move.original
    trace = trace_of(visit.place, f"{claim.number}/{move.ordinal}")
    parent = f"00-{trace}-{span_id(trace, 0)}-01" if trace < "1" else ""  # one of sixteen
    return event(CLEARINGHOUSE, "claim.submitted.v1", name, move.at, data, traceparent=parent)


@_event.register
def _(move: Ack, claim: Claim, name: str) -> Said:
    data = _common(claim, "claim-answers") | {
        "level": "277CA",
        "outcome": move.outcome,
        "reason": move.reason,
        "status_entity": move.entity,
        "payer": move.submission.payer.code,
        "batch": f"{claim.visit.place.code}{move.submission.day:%y%m%d}",
        "submitter": SUBMITTER,
        "amount": money(claim.visit.cents),
        "sequence": SEQUENCE_OF_ACK[move.entity],
    }
    if move.control:
        data["payer_claim_control"] = move.control
    return event(CLEARINGHOUSE, "claim.acked.v1", name, move.at, data)


@_event.register
def _(move: Remit, claim: Claim, name: str) -> Said:
    decision = move.decision
    data = _common(claim, "remits-in") | {
        "claim_status": decision.status,
        "payer": move.submission.payer.code,
        "payer_claim_control": move.control,
        "frequency": move.submission.frequency,
        "billed": money(decision.billed),
        "paid": money(decision.paid),
        "patient_responsibility": money(decision.patient),
        "remit_trace": trace_number(move, claim.visit),
        "payment_date": move.day.isoformat(),
        "lines": [
            {
                "line": str(number),
                "group": each.group,
                "code": each.code,
                "basis": "adjustment",
                "amount": money(each.cents),
            }
            for number, line in enumerate(decision.lines, 1)
            for each in line.adjustments
        ],
        "sequence": _remit_sequence(move),
    }
    if decision.status in ("1", "2"):
        data["payer_sequence"] = move.submission.sequence
    if decision.remark:
        data["remarks"] = [decision.remark]
    return event(CLEARINGHOUSE, "remit.received.v1", name, move.at, data)


@_event.register
def _(move: Posting, claim: Claim, name: str) -> Said:
    remit = move.remit
    data = _common(claim, "payments") | {
        "payer_sequence": remit.submission.sequence,
        "payer": remit.submission.payer.code,
        "account_no": claim.visit.account,
        "amount": money(remit.decision.paid),
        "remit_trace": trace_number(remit, claim.visit),
    }
    return event(REVENUE, "payment.posted.v1", name, move.at, data)


def _remit_sequence(move: Remit) -> int:
    if move.decision.status == "22":
        return TAKEN_BACK
    return CORRECTED if move.correction else REMITTED


def trace_number(move: Remit, visit: Visit) -> str:
    """Return the number of the payment (TRN02): one for each payer, facility and day, and for each file."""
    number = f"{move.submission.payer.code}-{visit.place.code}-{move.day:%y%m%d}"
    return f"{number}-{visit.day:%m%d}" if visit.place.writes_files else number

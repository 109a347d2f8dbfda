"""Builders of claims: what a clearinghouse would post about one, in as few words as a test needs."""

from datetime import datetime
from typing import Any

NPI = "npi:1234567893"


def submitted(claim_no: str, at: datetime, **data: Any) -> dict[str, Any]:
    """A claim left for a payer."""
    said = {
        "claim_no": claim_no,
        "payer_sequence": "P",
        "issuer": NPI,
        "payer": "60054",
        "frequency": "1",
        "amount": "500.00",
        "claim_type": "P",
        "account_no": f"A-{claim_no}",
        "set": f"SENDER/1/{claim_no}",
        "batch": "B1",
        "submitter": "SENDER",
        "sequence": 101,
        **data,
    }
    return event("claim.submitted", said, at)


def acked(claim_no: str, at: datetime, **data: Any) -> dict[str, Any]:
    """The payer's 277CA for one claim."""
    said = {
        "level": "277CA",
        "outcome": "accepted",
        "reason": "A2:20:PR",
        "status_entity": "payer",
        "claim_no": claim_no,
        "issuer": NPI,
        "batch": "B1",
        "submitter": "SENDER",
        "sequence": 310,
        **data,
    }
    return event("claim.acked", said, at)


def remitted(claim_no: str, at: datetime, **data: Any) -> dict[str, Any]:
    """A payer's decision on one claim: paid in full unless told otherwise."""
    said = {
        "claim_no": claim_no,
        "payer_sequence": "P",
        "claim_status": "1",
        "issuer": NPI,
        "payer": "60054",
        "payer_claim_control": f"ICN-{claim_no}",
        "billed": "500.00",
        "paid": "500.00",
        "remit_trace": "EFT-1",
        "sequence": 400,
        **data,
    }
    return event("remit.received", said, at)


def denied(claim_no: str, at: datetime, amount: str = "300.00", **data: Any) -> dict[str, Any]:
    """A decision that refuses the claim for want of an authorization."""
    lines = [{"line": "", "group": "CO", "code": "197", "basis": "adjustment", "amount": amount}]
    return remitted(claim_no, at, **{"paid": "0", "billed": amount, "lines": lines, **data})


def posted(claim_no: str, at: datetime, **data: Any) -> dict[str, Any]:
    """The money of a claim was posted."""
    said = {"claim_no": claim_no, "payer_sequence": "P", "issuer": NPI, "amount": "500.00", **data}
    return event("payment.posted", said, at)


def event(name: str, data: dict[str, Any], at: datetime) -> dict[str, Any]:
    """A CloudEvent of version 1 of a contract; equal words are the same event."""
    trace_id = data.pop("trace_id", None)
    told = {
        "specversion": "1.0",
        "id": f"{name}-{data.get('claim_no', data.get('set', ''))}-{data.get('facility', '')}"
        f"-{data.get('sequence', 0)}-{at.isoformat()}",
        "source": "x12:SENDER",
        "type": f"{name}.v1",
        "time": at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    if trace_id:
        told["traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
    return told

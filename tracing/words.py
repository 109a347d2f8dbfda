"""Pure: codes and names in the words of the people who read them."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import integrations.catalogue
from observability.core import display

CODE_FILE = Path(integrations.catalogue.__file__ or "").parent / "data" / "carc.yaml"

BASES = {
    "gross": "gross charges",
    "allowed": "allowed",
    "paid": "paid",
    "adjustment": "adjustment",
    "denied": "denied",
    "patient_responsibility": "patient responsibility",
    "cost": "cost",
    "expected_net": "expected net (estimate)",
    "acknowledged": "acknowledged",
    "remark": "remark",
    "payment": "payment as a whole",
    "provider_adjustment": "kept back (− added)",
}
OUTCOMES = {
    "paid": "Paid",
    "denied": "Denied",
    "partly_denied": "Partly denied",
    "zero_pay": "Nothing payable",
    "pended": "Pended",
    "reversed": "Payment taken back",
    "predetermination": "Estimate before the service",
    "forwarded": "Sent on to another payer",
    "accepted": "Accepted",
    "accepted_with_errors": "Accepted with errors",
    "rejected": "Rejected",
    "received": "Received",
    "pending": "Pending",
    "voided": "Voided",
    "paid_after_void": "Paid after it was voided",
    "balanced": "Adds up",
    "out_of_balance": "Does not add up",
    "unchecked": "Could not be added up",
}
FREQUENCIES = {
    "1": "original",
    "2": "first interim bill",
    "3": "continuing interim bill",
    "4": "last interim bill",
    "5": "late charges",
    "7": "replacement",
    "8": "void",
}
VARIANTS = {"P": "primary", "S": "secondary", "T": "tertiary"}
CLAIM_TYPES = {"P": "professional", "I": "institutional", "D": "dental"}
FLAGS = {
    "impossible_date": "Date that cannot be",
    "acknowledged_before_service": "Answered before the service",
    "submitted_before_service": "Submitted before the service",
    "year_out_of_range": "Year before 1990",
    "service_date_unreadable": "Service date unreadable",
    "facility_fallback": "Facility assumed from the connector",
    "clock_ahead": "Sender's clock is ahead",
    "payer_sequence_assumed": "Payer sequence assumed",
    "denied_status_without_denial_reason": "Denied by status, without a reason that denies",
    "unknown_adjustment_reason": "Unknown adjustment reason",
    "charge_from_balance": "Charge worked out from the balance",
    "out_of_balance": "Charge less payment is not what the adjustments explain",
}
ATTRIBUTES = {
    "frequency": "Frequency",
    "claim_type": "Type",
    "payer_sequence": "Payer sequence",
    "claim_status": "Claim status",
    "error_at": "First error at",
    "service_from": "Service from",
    "service_to": "Service to",
    "payment_date": "Payment date",
    "set_date": "Date of its set",
    "carc_version": "Reason table version",
    "rule_version": "Denial rule version",
    "amount": "Amount it names",
    "claims": "Claims in it",
    "whole": "Speaks of",
    "claims_paid": "Paid on its claims",
    "provider_adjusted": "Kept back above its claims",
    "source_class": "Source",
    "drg": "DRG",
}
VALUES = {
    "whole": {"batch": "the whole batch", "provider": "all claims of the provider in the batch"},
    "frequency": FREQUENCIES,
    "claim_type": CLAIM_TYPES,
    "payer_sequence": VARIANTS,
}
MONEY_ATTRIBUTES = frozenset({"billed", "denied", "patient_responsibility"})
AMOUNTS = frozenset({"amount", "claims_paid", "provider_adjusted"})
# The title of an answer says its level and who answered.
HIDDEN_ATTRIBUTES = frozenset({"date_only", "level", "status_entity"})
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


SET_REASON = re.compile(r"[A-Z]:[A-Z0-9]{1,2}")  # of a 999: how the set was taken, and why


@cache
def codes() -> dict[str, Any]:
    """Return the tables of claim codes as shipped."""
    loaded: dict[str, Any] = yaml.safe_load(CODE_FILE.read_text())
    return loaded


def plain(name: str) -> str:
    """Write a code name as words: `late_charge` is `Late charge`."""
    return name.replace("_", " ").strip().capitalize()


def outcome(key: str | None) -> str:
    """Write an outcome."""
    return OUTCOMES.get(key or "") or plain(key or "")


def basis(key: str | None) -> str:
    """Write what an amount is an amount of."""
    return BASES.get(key or "") or plain(key or "").lower()


def flag(key: str) -> str:
    """Write what is odd about a fact."""
    return FLAGS.get(key) or plain(key)


def carc(code: str | None) -> str:
    """Write a claim adjustment reason code; an unknown one has no words."""
    listed = codes()["carc"]
    entry = listed.get(code or "") or listed.get((code or "").strip().upper().lstrip("0"))
    return str(entry[1]) if entry else ""


def group(code: str | None) -> str:
    """Write who bears an adjustment."""
    return str(codes()["group_codes"].get(code or "", ""))


def denies(category: str | None) -> bool:
    """Say whether a category of reasons counts as denied."""
    entry = codes()["categories"].get(category or "")
    return bool(entry and entry["denial"])


def category(key: str | None) -> str:
    """Write a category of reasons."""
    entry = codes()["categories"].get(key or "")
    return str(entry["title"]) if entry else plain(key or "")


def line(basis_key: str, code: str | None) -> str:
    """Write the code of a line; procedures have no words of ours, their code is what people know."""
    if basis_key == "provider_adjustment":
        return str(codes()["provider_adjustments"].get(code or "", ""))
    return carc(code) if basis_key == "adjustment" else ""


def reason(text: str | None, level: str | None = None) -> str:
    """Write the reason of a fact: `A7:21:PR` of a 277CA, `R:5` of a 999, `CO-197` of a remittance."""
    if not text:
        return ""
    if level == "277CA":
        return _status(text)
    if level in ("999", "TA1"):
        return _set_reason(text, level)
    if text in OUTCOMES:
        return outcome(text)
    words = carc(text.rsplit("-", 1)[-1]) if text.isupper() or text.isdigit() or "-" in text else ""
    return words or plain(text)


def level_told_by(reason: str) -> str | None:
    """Return the level whose codes a reason is written in, where only the reason is at hand."""
    if reason.count(":") == 2:
        return "277CA"
    return "999" if SET_REASON.fullmatch(reason) else None


def _status(text: str) -> str:
    head, code, entity = (*text.split(":"), "", "")[:3]
    tables = codes()
    first = tables["status_categories"].get(head)
    said = [first[1] if first else f"Status {head}"]
    if code:
        said.append(tables["status_codes"].get(code, f"status code {code}"))
    words = ": ".join([said[0], *(_lower(word) for word in said[1:])])
    who = tables["entities"].get(entity)
    return f"{words} ({who.lower()})" if who else words


def _set_reason(text: str, level: str) -> str:
    head, _, note = text.partition(":")
    result, notes = (
        ("set_status", "set_errors") if level == "999" else ("interchange_status", "interchange_notes")
    )
    entry = codes()[result].get(head)
    words = str(entry[1]) if entry else f"Status {head}"
    why = codes()[notes].get(note)
    return f"{words}: {_lower(why)}" if why else words


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def attribute(name: str, value: str, currency: str) -> tuple[str, str] | None:
    """Write an attribute of a fact as label and value; None where it is not for reading."""
    if name in HIDDEN_ATTRIBUTES or name in MONEY_ATTRIBUTES:
        return None
    label = ATTRIBUTES.get(name) or plain(name)
    if name == "claim_status":
        known = codes()["claim_status"].get(value)
        return label, f"{known} ({value})" if known else value
    if name in AMOUNTS:
        return label, _amount(value, currency)
    if DAY.fullmatch(value):
        return label, _day(value)
    words = VALUES.get(name, {}).get(value)
    return label, (f"{words} ({value})" if name == "frequency" else words) if words else value


def _day(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value  # no day of any calendar: shown as it was sent
    return f"{day.day} {day:%b %Y}"


def _amount(value: str, currency: str) -> str:
    try:
        return display.money_exact(Decimal(value), currency)
    except InvalidOperation:
        return value


def issuer(effective: str) -> str:
    """Write who numbers an identifier. A tax number can be a person's own, so only its end is shown."""
    named = effective.partition("@")[0]
    authority, _, code = named.partition(":")
    if not code:
        return named
    if authority == "tin":
        return f"tax number …{code[-4:]}"
    return f"{'NPI' if authority == 'npi' else authority} {code}"

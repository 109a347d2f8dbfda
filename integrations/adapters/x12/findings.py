"""What could not be read, and what was read but looks wrong: values, never exceptions."""

from dataclasses import dataclass
from typing import Final

# An error: something in the file was not read or not sent. The code is a promise to scripts.
ERRORS: Final = {
    "file_unreadable": "The file could not be opened.",
    "file_empty": "The file is empty.",
    "isa_missing": "There is no ISA segment where an interchange should begin.",
    "isa_unreadable": "The ISA segment is too damaged to tell its separators.",
    "text_outside_interchange": "There is text after one interchange that does not begin another.",
    "truncated": "The file ends before its interchange does.",
    "interchange_not_closed": "A new interchange begins before the IEA of the last one.",
    "group_not_closed": "A functional group has no GE.",
    "set_not_closed": "A transaction set has no SE.",
    "segment_outside_set": "A segment stands outside every transaction set.",
    "segment_unreadable": "A segment has no valid segment identifier.",
    "segment_too_long": "A segment is longer than the limit.",
    "set_type_not_read": "This kind of transaction set is not read.",
    "set_date_unreadable": "The date of the set cannot be read, so none of its items can be placed in time.",
    "date_unreadable": "The date of an item cannot be read, so it cannot be placed in time.",
    "amount_unreadable": "An amount the item depends on is missing or is not a number.",
    "claim_number_unusable": "The claim number is missing, a bare 0 or holds control characters.",
    "claim_incomplete": "The set broke off inside this claim.",
    "claim_damaged": "A segment of this claim, or of the loop above it, could not be read.",
    "status_missing": "A claim is acknowledged without any status.",
    "claim_status_unknown": "The claim status of a remittance is missing or not a number.",
    "remit_trace_missing": "A remittance has no trace number, so what it adds up to cannot be kept.",
    "provider_adjustment_unreadable": "A provider-level adjustment (PLB) has no code or no amount.",
    "batch_unnamed": "A batch was answered as a whole, but not by names that its claims could be found by.",
    "ack_incomplete": "An acknowledgement does not say what it acknowledges, or with what result.",
    "ack_code_unknown": "The result code of an acknowledgement is not one we know.",
}
# A warning: everything was read and sent, but somebody should look.
WARNINGS: Final = {
    "isa_width": "An ISA element does not have its fixed width; the separators were found by counting.",
    "count_mismatch": "A trailer counts other than what is there.",
    "control_mismatch": "Header and trailer have different control numbers.",
    "set_repeated": "A set of the same sender, dates and control numbers came before in this run.",
    "no_claims": "The set holds no claims.",
    "billing_provider_missing": "No billing provider or payee is identified; the submitter stands in.",
    "frequency_assumed": "The claim frequency is missing; 1 (original) is assumed.",
    "payer_sequence_assumed": "The payer sequence is missing or unknown; P (primary) is assumed.",
    "service_date_unreadable": "A service date cannot be read; the claim goes without it.",
    "line_amount_unreadable": "The charge of a service line is not a number; the line goes without it.",
    "claim_out_of_balance": "The charge of a claim less its payment is not what its adjustments explain.",
    "remittance_out_of_balance": "A payment is not its claims less the provider-level adjustments.",
    "remittance_unchecked": "Whether a payment adds up cannot be told: an amount cannot be read.",
    "ack_of_other_set": "The acknowledged transaction set does not hold claims.",
    "batch_rejected": "A batch or provider was rejected as a whole, yet lists claims; these decide.",
    "sets_not_listed": "The acknowledgement counts more transaction sets than it lists.",
    "status_unknown": "A status category is not one we know; it counts as pending.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell about a file: where (segment number, 1 = first), a stable code, plain words.

    The words never quote content of the file beyond control numbers and codes.
    """

    segment: int
    code: str
    message: str
    file: str = ""

    @property
    def is_error(self) -> bool:
        """Whether something was left out because of it."""
        return self.code in ERRORS

    def __str__(self) -> str:
        kind = "error" if self.is_error else "warning"
        return f"{self.file}: segment {self.segment}: {kind} {self.code}: {self.message}"


class UnreadableError(Exception):
    """One item cannot be turned into an event; becomes a finding before it leaves this package."""

    def __init__(self, segment: int, code: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(segment, code, message)

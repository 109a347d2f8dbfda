"""Pure: the word, shape and tone of every status that a page shows. A status is read before it is seen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """How a status is shown. `shape` is a symbol of the shape sheet; `tone` a colour of the tokens."""

    word: str
    shape: str
    tone: str


STATUSES: dict[str, Status] = {
    # measures
    "on_target": Status("On target", "check", "good"),
    "at_risk": Status("At risk", "triangle", "risk"),
    "off_target": Status("Off target", "square", "bad"),
    "incomplete": Status("Incomplete", "dashes", "quiet"),
    "no_target": Status("No target", "ring", "quiet"),
    # transactions
    "on_its_way": Status("On its way", "arrow", "info"),
    "waiting": Status("Waiting", "pause", "quiet"),
    "late": Status("Late", "clock", "risk"),
    "failed": Status("Failed", "cross", "bad"),
    "completed": Status("Completed", "check", "good"),
    "completed_with_errors": Status("Completed with errors", "bang", "risk"),
    "voided": Status("Voided", "slash", "quiet"),
    "expired": Status("Expired", "dashes", "quiet"),
    # steps
    "done": Status("Done", "check", "good"),
    "implied": Status("Implied", "check", "good"),
    "ghost": Status("Expected", "dashes", "quiet"),
    "reversed": Status("Reversed", "back", "risk"),
    "progressing": Status("On its way", "arrow", "info"),
    # connectors
    "reporting": Status("Reporting", "check", "good"),
    "silent": Status("Silent", "triangle", "bad"),
    "never_seen": Status("Never seen", "dashes", "quiet"),
    "retired": Status("Retired", "slash", "quiet"),
    "active": Status("Active", "check", "good"),
    "revoked": Status("Revoked", "slash", "quiet"),
    "quarantined": Status("Quarantined", "square", "bad"),
    # what was said of a claim
    "accepted": Status("Accepted", "check", "good"),
    "accepted_with_errors": Status("Accepted with errors", "bang", "risk"),
    "rejected": Status("Rejected", "cross", "bad"),
    "received": Status("Received", "arrow", "info"),
    "pending": Status("Pending", "pause", "quiet"),
    "paid": Status("Paid", "check", "good"),
    "denied": Status("Denied", "cross", "bad"),
    "partly_denied": Status("Partly denied", "bang", "risk"),
    "zero_pay": Status("Nothing payable", "ring", "quiet"),
    "pended": Status("Pended", "pause", "quiet"),
    "forwarded": Status("Forwarded", "arrow", "info"),
    "paid_after_void": Status("Paid after void", "cross", "bad"),
    "balanced": Status("Adds up", "check", "good"),
    "out_of_balance": Status("Does not add up", "cross", "bad"),
    "unchecked": Status("Not added up", "bang", "risk"),
    "predetermination": Status("Predetermination", "ring", "quiet"),
}
# A phase is not a state: these are the states of its phase when no deadline says otherwise.
STATUSES["open"] = STATUSES["on_its_way"]
STATUSES["cancelled"] = STATUSES["voided"]


def status_of(key: str | None) -> Status:
    """Return how to show a status; one without an entry is shown by its own name, never by a colour."""
    if not key:
        return Status("Unknown", "dashes", "quiet")
    return STATUSES.get(key) or Status(key.replace("_", " ").capitalize(), "ring", "quiet")

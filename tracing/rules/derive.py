"""Pure: what an event means beyond what its sender said: the judgement in a remittance."""

import msgspec

from integrations.ingest.records import Event
from tracing.rules.denials import RULE_VERSION, Table, derive

REMITTANCE = "remit.received.v1"

# What a judgement does to the step it belongs to: a denial leaves the claim stuck there.
EFFECTS = {
    "paid": "completes",
    "zero_pay": "completes",
    "partly_denied": "completes",
    "denied": "fails",
    "reversed": "reverses",
    "predetermination": "feeds",
    "pended": "feeds",
    "forwarded": "feeds",
}


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """What we derive of an event; without an effect of ours the contract's stands."""

    outcome: str | None
    effect: str | None
    attributes: dict[str, str]
    flags: tuple[str, ...]
    categories: tuple[str | None, ...]  # of each line's code


def meaning(event: Event, table: Table) -> Meaning:
    """Return what an event means; the same for the same event and table of codes."""
    if event.type != REMITTANCE:
        return Meaning(event.outcome, None, event.attributes, event.flags, (None,) * len(event.lines))
    derived = derive(event, table)
    return Meaning(
        outcome=derived.outcome,
        effect=EFFECTS[derived.outcome],
        attributes=event.attributes
        | {
            "denied": str(derived.denied),
            "carc_version": str(derived.table_version),
            "rule_version": str(RULE_VERSION),
        },
        flags=event.flags + derived.flags,
        categories=derived.categories,
    )

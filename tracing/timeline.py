"""What was said about a transaction, as its page tells it: events, their lines, submissions, errors."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from integrations.ingest.records import micros
from observability.core import display
from tracing import words
from tracing.queries.transaction import ConnectorName, FactSeen, LineSeen
from tracing.rules.calendar import Calendar
from tracing.rules.cycle import part_of
from tracing.rules.facts import FactRow, in_order
from tracing.rules.workflow import Workflow

Context = dict[str, Any]
STATES = {"completes": "done", "fails": "failed", "reverses": "reversed", "cancels": "voided"}
RECEIVED_LATER_SECONDS = 60


class Story:
    """The facts of one transaction in the order they count, with what each one says about another."""

    def __init__(self, workflow: Workflow, facts: Sequence[FactSeen], zone: str) -> None:
        """Take the facts of one transaction; `zone` is its facility's."""
        self.workflow = workflow
        self.zone = zone
        by_id = {fact.event_id.bytes: fact for fact in facts}
        rows = in_order(workflow, map(_as_row, facts), Calendar(zone=zone))
        self.facts = [by_id[row.event_id] for row in rows]
        self._rows = {by_id[row.event_id].event_id: row for row in rows}
        first = workflow.steps[0].name
        self.starts = [
            fact
            for fact in self.facts
            if fact.effect == "cancels" or (fact.step == first and fact.effect == "completes")
        ]

    def part_of(self, fact: FactSeen) -> FactSeen | None:
        """Return the part that an answer is about, such as the submission that a 999 answers."""
        parts = self.workflow.parts
        if parts is None or fact.step != parts.judged_by or not self.starts:
            return None
        found = part_of(self._rows[fact.event_id], [self._rows[start.event_id] for start in self.starts])
        return next(start for start in self.starts if start.event_id.bytes == found.event_id)

    def superseded(self, fact: FactSeen) -> str:
        """Say by what a fact is superseded: the last submission began anew, or the outcome was taken back."""
        if not fact.superseded:
            return ""
        by, kind = self.starts[-1] if self.starts else None, "submission"
        if by is None or (self.part_of(fact) is None and self._place(fact) > self._place(by)):
            by, kind = next((f for f in reversed(self.facts) if f.effect == "reverses"), None), "take-back"
        return f"Superseded by the {kind} of {display.local(by.occurred_at, self.zone, 'day')}" if by else ""

    def _place(self, fact: FactSeen) -> int:
        return self._rows[fact.event_id].place


def _as_row(fact: FactSeen) -> FactRow:
    return FactRow(
        transaction_id=b"",
        event_id=fact.event_id.bytes,
        type=fact.type,
        step=fact.step,
        effect=fact.effect,
        sequence=fact.sequence,
        occurred_at=micros(fact.occurred_at),
        facility_id=0,
        department=None,
        payer=None,
        interface=fact.interface,
        outcome=fact.outcome,
        basis=fact.basis,
        amount=fact.amount,
        reason=fact.reason,
        attributes=fact.attributes,
        part_opens=tuple(each.bytes for each in fact.part_opens),
        part_refers=tuple(each.bytes for each in fact.part_refers),
        direct=fact.direct,
    )


def level_of(fact: FactSeen) -> str | None:
    """Return the level of an acknowledgement: 999, 277CA, TA1."""
    level = fact.attributes.get("level")
    return str(level) if level else None


def title_of(fact: FactSeen, workflow: Workflow) -> str:
    """Return what a fact is called: its step, and for an answer who answered how."""
    if fact.effect == "cancels":
        return f"{workflow.title} voided"
    if fact.effect == "reverses":
        return f"{workflow.step(fact.step).title}: taken back"
    level = level_of(fact)
    if level:
        who = {"clearinghouse": " by the clearinghouse", "payer": " by the payer"}
        entity = who.get(str(fact.attributes.get("status_entity", "")), "")
        return f"Submission answered{entity}, {level}"
    name = fact.type.rsplit(".v", 1)[0]
    return TITLES.get(name) or workflow.step(fact.step).title


TITLES = {
    "remit.received": "Remittance received",
    "remit.totalled": "Remittance added up",
    "payment.posted": "Payment posted",
    "claim.submitted": "Claim submitted",
}


def events(
    story: Story,
    lines: Mapping[UUID, Sequence[LineSeen]],
    connectors: Mapping[int, ConnectorName],
    others: Mapping[UUID, str],
    entries: Mapping[str, str],
) -> list[Context]:
    """Return the events for ui/_timeline.html.

    `others`: how an indirectly bound event came to be here. `entries`: the address
    of an interface in the register.
    """
    shown = []
    for fact in story.facts:
        later = (fact.received_at - fact.occurred_at).total_seconds() > RECEIVED_LATER_SECONDS
        source = connectors.get(fact.connector_id)
        about = story.part_of(fact)
        via = "" if fact.direct else others.get(fact.event_id, "bound through another identifier")
        if about is not None and len(story.starts) > 1:
            via = f"answers the submission of {display.local(about.occurred_at, story.zone, 'day')}"
        shown.append(
            {
                "id": str(fact.event_id),
                "title": title_of(fact, story.workflow),
                "at": fact.occurred_at,
                "observed_at": None,
                "received_at": fact.received_at if later else None,
                "state": fact.outcome or STATES.get(fact.effect, "progressing"),
                "reason": _reason(fact),
                "amount": fact.amount,
                "basis": words.basis(fact.basis) if fact.basis else "",
                "source": source.title or source.name if source else "",
                "interface": fact.interface or "",
                "interface_url": entries.get(fact.interface or "", ""),
                "via": via,
                "attributes": _attributes(fact),
                "flags": [words.flag(flag) for flag in fact.flags],
                "superseded": story.superseded(fact),
                **_lines(lines.get(fact.event_id, ())),
            }
        )
    return shown


def _reason(fact: FactSeen) -> str:
    if not fact.reason:
        return ""
    said = words.reason(fact.reason, level_of(fact))
    if said.lower() in (fact.reason.lower(), words.plain(fact.reason).lower()):
        return said  # the code is its own words
    return f"{fact.reason} — {said}" if said else fact.reason


def _attributes(fact: FactSeen) -> list[dict[str, str]]:
    pairs = (
        words.attribute(name, str(value), settings.CURRENCY)
        for name, value in sorted(fact.attributes.items())
    )
    return [{"label": pair[0], "value": pair[1]} for pair in pairs if pair]


def _lines(lines: Sequence[LineSeen]) -> Context:
    """Return the lines of an event, and what all of their amounts are amounts of, if that is one thing."""
    bases = {line.basis for line in lines}
    shared = len(bases) == 1 and not any(line.group_code for line in lines)
    return {
        "lines": [line_of(line, basis_said=shared) for line in lines],
        "lines_basis": words.basis(next(iter(bases))) if shared else "",
    }


def line_of(line: LineSeen, *, basis_said: bool) -> Context:
    """Return a line for ui/_lines.html, its codes in words."""
    if line.group_code:
        denial = f"denial category: {words.category(line.category).lower()}"
        note = [words.group(line.group_code), denial if words.denies(line.category) else ""]
    else:
        note = ["" if basis_said else words.basis(line.basis)]
    return {
        "line": line.line,
        "group": line.group_code,
        "code": line.code,
        "words": words.line(line.basis, line.code),
        "note": " · ".join(filter(None, note)),
        "amount": line.amount,
        "quantity": line.quantity,
    }


def submissions(story: Story) -> list[Context]:
    """Return the parts of the transaction, each with what answered it."""
    parts = story.workflow.parts
    if parts is None:
        return []
    shown = []
    for start in story.starts:
        answers = [fact for fact in story.facts if story.part_of(fact) is start]
        frequency = str(start.attributes.get("frequency", ""))
        shown.append(
            {
                "title": words.FREQUENCIES.get(frequency, "submission").capitalize(),
                "at": start.occurred_at,
                "amount": start.amount,
                "event_id": str(start.event_id),
                "superseded": bool(story.superseded(start)),
                "answers": [
                    {
                        "level": level_of(answer) or workflow_title(story, answer),
                        "state": answer.outcome or STATES.get(answer.effect, "progressing"),
                        "at": answer.occurred_at,
                        "event_id": str(answer.event_id),
                    }
                    for answer in answers
                ],
            }
        )
    return shown


def workflow_title(story: Story, fact: FactSeen) -> str:
    """Return the title of the step a fact is about."""
    return story.workflow.step(fact.step).title


def failures(
    story: Story, lines: Mapping[UUID, Sequence[LineSeen]], entries: Mapping[str, str]
) -> list[Context]:
    """Return what went wrong, in words, newest first; `entries` as for `events`."""
    return [
        {
            "title": f"{_failed(fact, story.workflow)}{' (superseded)' if fact.superseded else ''}",
            "words": deciding_reason([fact], lines, fact.event_id) or words.outcome(fact.outcome or "failed"),
            "code": fact.reason or "",
            "at": fact.occurred_at,
            "where": fact.interface or story.workflow.step(fact.step).system,
            "where_url": entries.get(fact.interface or "", ""),
            "event_id": str(fact.event_id),
        }
        for fact in reversed(story.facts)
        if fact.effect == "fails"
    ]


def _failed(fact: FactSeen, workflow: Workflow) -> str:
    title = title_of(fact, workflow)
    # The title of a step says that it is done, which this one is not.
    return f"Failed at “{title}”" if title == workflow.step(fact.step).title else title


def deciding_reason(
    facts: Sequence[FactSeen], lines: Mapping[UUID, Sequence[LineSeen]], event_id: UUID | None
) -> str:
    """Say why the event that decided came out so: its largest denial, else its own reason."""
    denied = [line for line in lines.get(event_id, ()) if words.denies(line.category)] if event_id else []
    if denied:
        largest = max(denied, key=lambda line: line.amount or 0)
        return words.carc(largest.code) or words.category(largest.category)
    fact = next((fact for fact in facts if fact.event_id == event_id), None)
    return words.reason(fact.reason, level_of(fact)) if fact else ""

"""Pure: which facts count now. A new submission begins a new cycle; an answer belongs to what it answers."""

from dataclasses import dataclass

from tracing.rules.facts import FactRow
from tracing.rules.workflow import Parts, Workflow


@dataclass(frozen=True, slots=True)
class Cycle:
    """The facts that no longer count, and the cancellation that does."""

    superseded: frozenset[bytes]
    cancelled: FactRow | None
    paid_after: FactRow | None  # the judgement that paid although it was cancelled
    by_id: dict[bytes, FactRow]


def cycle_of(workflow: Workflow, known: list[FactRow]) -> Cycle:
    """Return which of the facts, given in their order, are superseded, and by what the whole is cancelled.

    A cancellation stands while nothing begins the transaction again after it, and while it was not itself
    rejected: a void that the payer refused voids nothing.
    """
    by_id = {fact.event_id: fact for fact in known}
    first = workflow.steps[0]
    starts = [f for f in known if f.effect == "cancels" or (f.step == first.name and f.effect == "completes")]
    refused = _refused(workflow.parts, starts, known) if workflow.parts else frozenset[bytes]()
    standing = [s for s in starts if s.effect == "completes" or s.event_id not in refused]
    cancelled = standing[-1] if standing and standing[-1].effect == "cancels" else None
    paid_after = _paid_after(workflow, known, cancelled) if cancelled else None
    begun = [s for s in starts if s.effect == "completes"]
    superseded = _undone(workflow, known)
    if first.restarts and begun:
        superseded |= {f.event_id for f in known if _is_superseded(f, starts, begun[-1], workflow.parts)}
    return Cycle(superseded, cancelled, paid_after, by_id)


def _undone(workflow: Workflow, known: list[FactRow]) -> frozenset[bytes]:
    """Return what came of an outcome that was taken back later: what is decided anew was never posted."""
    outcome = workflow.outcome_step
    back = next((f.place for f in reversed(known) if f.effect == "reverses" and f.step == outcome), 0)
    after = workflow.positions[outcome]
    return frozenset(f.event_id for f in known[:back] if workflow.positions[f.step] > after)


def _paid_after(workflow: Workflow, known: list[FactRow], cancelled: FactRow) -> FactRow | None:
    """Return the last payment after a cancellation that no later take-back undid."""
    found = None
    for fact in known[cancelled.place + 1 :]:
        if fact.step != workflow.outcome_step:
            continue
        if fact.effect == "reverses":
            found = None
        elif fact.effect == "completes" and fact.basis == "paid" and fact.amount and fact.amount > 0:
            found = fact
    return found


def _is_superseded(fact: FactRow, starts: list[FactRow], last: FactRow, parts: Parts | None) -> bool:
    if fact is last or fact.effect == "cancels":
        return False
    if parts is not None and fact.step == parts.judged_by:
        return part_of(fact, starts) is not last
    return fact.place < last.place


def part_of(answer: FactRow, starts: list[FactRow]) -> FactRow:
    """Return the part that an answer is about: of those it refers to, else of all, the last one before it.

    Control numbers come again, so that it may refer to several.
    """
    referred = set(answer.part_refers)
    named = [start for start in starts if referred.intersection(start.part_opens)] or starts
    return next((start for start in reversed(named) if start.place <= answer.place), named[0])


def _refused(parts: Parts, starts: list[FactRow], known: list[FactRow]) -> frozenset[bytes]:
    """Return the parts whose last judgement failed."""
    if not starts:
        return frozenset()
    verdicts: dict[bytes, str] = {}
    for fact in known:
        if fact.step == parts.judged_by and fact.effect in ("completes", "fails"):
            verdicts[part_of(fact, starts).event_id] = fact.effect
    return frozenset(part for part, effect in verdicts.items() if effect == "fails")

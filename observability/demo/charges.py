"""Charges of a visit: captured in the EHR, posted to the account in the revenue cycle system."""

from collections.abc import Iterator
from typing import Any

from observability.demo.moments import DAY, HOUR, MINUTE, money
from observability.demo.network import EHR, REVENUE, charge_interface
from observability.demo.saying import Said, event, span_id, trace_of
from observability.demo.spans import ChargeFlow, charge_spans
from observability.demo.story import Story
from observability.demo.visits import ROOM_AND_BOARD, Line, Visit

TRACED = 0.13  # share of charges whose way through the interface engine is traced
VOIDED = 0.006
LATE = 0.012  # posted more than a day after capture
NEVER = 0.004
UNKNOWN_CODE = "charge_code_unknown"
REFUSED = "connection_refused"


def charge_events(visit: Visit, story: Story) -> Iterator[Said]:
    """Yield what is said about the charges of a visit."""
    for ordinal, line in enumerate(visit.lines):
        yield from _charge(visit, ordinal, line, story)


def _charge(visit: Visit, ordinal: int, line: Line, story: Story) -> Iterator[Said]:
    dice, number = visit.dice, f"C{visit.number}-{ordinal}"
    captured = visit.at - int(dice.random() * 3 * HOUR)
    way, chance, delay = dice.random(), dice.random(), dice.random()
    data = _data(visit, number, line)
    if line.code == ROOM_AND_BOARD[0]:
        data["source_class"] = "system"  # nobody captures a night: it comes from the census
    down = story.is_down(visit.place.code, captured)
    trace = trace_of(visit.place, number) if way < TRACED or down else ""
    parent = f"00-{trace}-{span_id(trace, 0)}-01" if trace else ""
    yield event(
        EHR, "charge.captured.v1", f"{visit.place.code}/{number}/captured", captured, data, traceparent=parent
    )
    outcome, posted = _fate(captured, chance, delay, down=down, story=story)
    if chance > 1 - VOIDED:
        voided = captured + 5 * HOUR
        yield event(EHR, "charge.voided.v1", f"{visit.place.code}/{number}/voided", voided, _void(data))
    elif posted is not None:
        yield _posted(visit, number, data, outcome, posted)
    if trace:
        flow = ChargeFlow(visit.place, trace, captured, posted or captured, refused=down)
        yield from charge_spans(flow)


def _fate(captured: int, chance: float, delay: float, *, down: bool, story: Story) -> tuple[str, int | None]:
    """Return how a charge is answered and when; None for one that nobody answers."""
    if down:
        stopped = captured >= story.refusing_until
        return REFUSED, None if stopped else captured + 20
    if chance < NEVER:
        return "", None
    if chance < NEVER + LATE:
        return "posted", captured + DAY + int(delay * 30 * HOUR)
    if chance < NEVER + LATE + 0.007:
        return UNKNOWN_CODE, captured + 4 * MINUTE
    return "posted", captured + 40 + int(delay**3 * 5 * HOUR)


def _data(visit: Visit, number: str, line: Line) -> dict[str, Any]:
    return {
        "facility": visit.place.code,
        "interface": charge_interface(visit.place),
        "charge_no": number,
        "account_no": visit.account,
        "encounter_no": visit.encounter,
        "code": line.code,
        "amount": money(line.cents),
        "quantity": str(line.quantity),
        "department": visit.department,
        "source_class": "captured",
        "service_date": visit.day.isoformat(),
    }


def _void(data: dict[str, Any]) -> dict[str, Any]:
    kept = ("facility", "interface", "charge_no", "account_no", "amount", "department")
    return {name: data[name] for name in kept} | {"reason": "captured_twice"}


def _posted(visit: Visit, number: str, data: dict[str, Any], outcome: str, at: int) -> Said:
    kept = ("facility", "interface", "charge_no", "account_no", "code", "amount", "quantity", "department")
    said = {name: data[name] for name in kept}
    if outcome == "posted":
        said["outcome"] = "posted"
    else:
        said |= {"outcome": "rejected", "reason": outcome}
    # An answer that refuses is another event than the one that posts it later.
    return event(REVENUE, "charge.posted.v1", f"{visit.place.code}/{number}/{said['outcome']}", at, said)

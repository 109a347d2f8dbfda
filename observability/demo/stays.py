"""The way of a stay from discharge to the final bill, and when its claim is due to go out."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from observability.demo.moments import DAY, HOUR, MINUTE, midnight, money
from observability.demo.network import EHR, REVENUE
from observability.demo.saying import Said, event
from observability.demo.story import BACKLOG_AT
from observability.demo.visits import Visit

HELD = 0.05
STUCK = 0.025  # final billing stopped by an edit that nobody has cleared
BACKLOG = 0.22  # share of stays coded late where coders lag behind
DRGS = ("470", "291", "871", "392", "194", "690")


def stay_events(visit: Visit) -> tuple[list[Said], date | None]:
    """Return what is said until the final bill, and the day its claim goes out; None: it never did."""
    dice, discharged = visit.dice, visit.at
    ready = discharged + 60 + int(dice.random() ** 2 * 13 * MINUTE)
    slow = dice.random() < (BACKLOG if visit.place.code == BACKLOG_AT else 0.03)
    coded = discharged + int((76 + dice.random() * 40 if slow else 5 + dice.random() * 60) * HOUR)
    billed = max(
        coded + int((2 + dice.random() * 6) * HOUR), discharged + int((3 + dice.random() * 1.7) * DAY)
    )
    said = list(_until_coded(visit, discharged, ready, coded))
    if dice.random() < STUCK:
        stopped = {"outcome": "rejected", "reason": "present_on_admission_missing"}
        said.append(_said(visit, REVENUE, "bill.final_billed.v1", "stopped", billed, stopped))
        return said, None
    bill = {"outcome": "billed", "bill_type": "111"}
    said.append(_said(visit, REVENUE, "bill.final_billed.v1", "billed", billed, bill))
    return said, _evening_after(visit, billed)


def _until_coded(visit: Visit, discharged: int, ready: int, coded: int) -> Iterator[Said]:
    ended = {"patient_class": "inpatient", "disposition": "01"}
    yield _said(visit, EHR, "encounter.discharged.v1", "discharged", discharged, ended)
    if visit.dice.random() < HELD:
        held = {"outcome": "held", "reason": "documentation_missing"}
        yield _said(visit, REVENUE, "account.ready.v1", "held", ready, held)
        ready += int(visit.dice.random() * 20 * HOUR)
    yield _said(visit, REVENUE, "account.ready.v1", "ready", ready, {"outcome": "ready"})
    drg = DRGS[int(visit.dice.random() * len(DRGS))]
    yield _said(visit, REVENUE, "coding.completed.v1", "coded", coded, {"outcome": "coded", "drg": drg})


def _said(visit: Visit, connector: str, kind: str, name: str, at: int, more: dict[str, Any]) -> Said:
    data = {
        "facility": visit.place.code,
        "interface": f"adt-{visit.place.code.lower()}" if connector == EHR else "billing",
        "account_no": visit.account,
        "encounter_no": visit.encounter,
        "department": visit.department,
        "payer": visit.payer.code,
        "amount": money(visit.cents),
        **more,
    }
    if connector == EHR:
        data["mrn"] = visit.patient
    return event(connector, kind, f"{visit.place.code}/{visit.account}/{name}", at, data)


def _evening_after(visit: Visit, at: int) -> date:
    """Return the day whose batch of claims, at 19:30, is the next one after `at`."""
    day, batch = visit.day, 19 * HOUR + 30 * MINUTE
    while midnight(day, visit.place.zone) + batch < at:
        day += timedelta(days=1)
    return day

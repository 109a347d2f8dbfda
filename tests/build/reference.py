"""Builders of reference data."""

from datetime import date

from integrations.catalogue.register import Row
from integrations.reference import entities
from observability.accounts.scopes import Scope
from tests.build.edge import NEW_YEAR

TODAY = NEW_YEAR.date()
NEEDED = {
    "provider": {"npi": "1234567893"},
    "item": {"unit": "EA"},
    "plan": {"parent": "MEDICARE"},
    "cost_centre": {"parent": "US01"},
    "employee_group": {"parent": "US01"},
}


def say(kind: str, code: str, *, today: date = TODAY, **values: str) -> entities.Plan:
    """Say something of an entity and return what came of it; what is refused is not applied."""
    plan = entities.plan_of([Row(1, kind, {"code": code, **values})], scope=Scope.system(), today=today)
    entities.apply(plan.changes, scope=Scope.system(), user=None, at=NEW_YEAR)
    return plan


def know(kind: str, code: str, **values: str) -> str:
    """Make an entity since ever, with what it needs if nothing is said; return its code."""
    said = {"name": code.title(), **NEEDED.get(kind, {}), **values}
    plan = say(kind, code, today=TODAY, **said)
    assert not plan.refusals, plan.refusals
    return code

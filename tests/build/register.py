"""Builders of entries of the register."""

from datetime import datetime

from integrations.catalogue import register
from integrations.models import Connector, SeenHour, SeenName
from observability.accounts.scopes import Scope
from tests.build.edge import NEW_YEAR, build_facility


def declare(sort: str, code: str, *, at: tuple[str, ...] = (), **more: str) -> str:
    """Declare one entry, with what it needs if nothing is said; return its code."""
    for each in at:
        build_facility(each)
    needed = {"kind": "other"} if sort == "system" else {"kind": "event", "source": "ehr", "target": "erp"}
    values = {"code": code, "name": code.title(), "facilities": ";".join(at), **needed, **more}
    plan = register.plan_of([register.Row(1, sort, values)], scope=Scope.system())
    assert not plan.refusals, plan.refusals
    register.apply(plan.changes, scope=Scope.system(), user=None, at=NEW_YEAR)
    return code


def declare_flow(code: str, *, at: tuple[str, ...] = (), **more: str) -> str:
    """Declare an interface and, if they are not there, the systems at its ends, which belong everywhere."""
    for end in ("ehr", "erp"):
        declare("system", end, owner="Platform team", backup="Operations")
    return declare("interface", code, at=at, **more)


def see(
    sort: str, code: str, *, by: Connector, at: str | None = None, on: datetime = NEW_YEAR, n: int = 1
) -> None:
    """Have a connector name a system or interface at one moment; `at` is a facility, None where none is."""
    place = build_facility(at).pk if at else None
    named = {"sort": sort, "code": code, "connector_id": by.pk, "facility_id": place}
    SeenName.objects.create(**named, first_at=on, last_at=on, n=n)
    SeenHour.objects.create(**named, hour=on.replace(minute=0, second=0, microsecond=0), n=n)

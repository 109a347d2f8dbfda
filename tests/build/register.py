"""Builders of entries of the register."""

from integrations.catalogue import register
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

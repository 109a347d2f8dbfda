"""What somebody may change in the register when it comes to changing it."""

import pytest

from integrations.catalogue import register
from integrations.catalogue.register import Row
from integrations.models import Interface
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import scope_for
from tests.build import build_facility, build_user
from tests.build.edge import NEW_YEAR
from tests.build.register import declare_flow

pytestmark = pytest.mark.django_db


def test_a_plan_is_not_applied_by_somebody_who_no_longer_decides_on_it() -> None:
    declare_flow("charges", at=("NORTH",), owner="Team A")
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH", "SOUTH"))
    row = Row(1, "interface", {"code": "charges", "owner": "Team B"})
    plan = register.plan_of([row], scope=scope_for(ines, Permission.MANAGE_CATALOGUE, NEW_YEAR))
    kept = register.IMPORT.keep(plan, user=ines, file_name="x.csv", at=NEW_YEAR).pk
    assert len(plan.changes) == 1

    ines.grants.filter(facility_id=build_facility("NORTH").pk).delete()
    scope = scope_for(ines, Permission.MANAGE_CATALOGUE, NEW_YEAR)
    with pytest.raises(register.StalePlan):
        register.IMPORT.apply_kept(kept, scope=scope, user=ines, at=NEW_YEAR)

    assert Interface.objects.get().owner == "Team A"

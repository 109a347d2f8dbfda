"""A permission counts only at the facilities of the grant that gives it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from tests.build import build_facility, build_user, grant

pytestmark = pytest.mark.django_db


def test_a_permission_of_one_facility_does_not_reach_another() -> None:
    north, south = build_facility("NORTH"), build_facility("SOUTH")
    user = build_user(role=Role.EXECUTIVE, at=("NORTH",))
    grant(user, Role.SUPPORT, at=("SOUTH",))

    scope = scope_for(user, Permission.SEE_TRANSACTIONS)

    assert scope.facility_ids == tuple(sorted((north.pk, south.pk)))
    assert scope.allows_at(Permission.REVEAL, south.pk)
    assert not scope.allows_at(Permission.REVEAL, north.pk)
    assert scope.to(Permission.REVEAL).facility_ids == (south.pk,)


def test_a_grant_without_a_facility_reaches_all_of_them_in_one_query() -> None:
    places = [build_facility(code) for code in ("NORTH", "SOUTH", "EAST")]
    user = build_user()
    grant(user, Role.AUDITOR, at=None)

    with CaptureQueriesContext(connection) as queries:
        scope = scope_for(user, Permission.SEE_AUDIT)

    assert sum(' FROM "grant" ' in query["sql"] for query in queries) == 1
    assert scope.facility_ids == tuple(sorted(place.pk for place in places))


def test_somebody_without_a_grant_or_switched_off_sees_nothing() -> None:
    build_facility()
    stranger = build_user("stranger")
    former = build_user("former", role=Role.SUPPORT)
    former.is_active = False

    assert scope_for(stranger, Permission.SEE_BOARD).facility_ids == ()
    assert scope_for(former, Permission.SEE_BOARD).facility_ids == ()


def test_a_scope_narrows_and_never_widens() -> None:
    scope = Scope(facility_ids=(1, 2))

    assert scope.within(2).facility_ids == (2,)
    assert scope.within(3).facility_ids == ()
    assert not scope.sees(3)
    assert Scope.system().sees(3)
    assert not Scope.system().within(3).everything

"""A permission counts only at the facilities of the grant that gives it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from observability.accounts import granting
from observability.accounts.models import Grant, OpenedGlass, SensitiveDepartment
from observability.accounts.roles import Domain, Permission, PrivacyClass, Role
from observability.accounts.scopes import Scope, scope_for
from tests.build import build_facility, build_transaction, build_user, grant
from tracing.queries import search, transaction
from tracing.queries.listing import Filters, listed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_permission_of_one_facility_does_not_reach_another() -> None:
    north, south = build_facility("NORTH"), build_facility("SOUTH")
    user = build_user(role=Role.EXECUTIVE, at=("NORTH",))
    grant(user, Role.SUPPORT, at=("SOUTH",))

    scope = scope_for(user, Permission.SEE_TRANSACTIONS, AT)

    assert scope.facility_ids == tuple(sorted((north.pk, south.pk)))
    assert scope.allows_at(Permission.REVEAL, south.pk)
    assert not scope.allows_at(Permission.REVEAL, north.pk)
    assert scope.to(Permission.REVEAL).facility_ids == (south.pk,)


def test_a_grant_without_a_facility_reaches_all_of_them_in_one_query() -> None:
    places = [build_facility(code) for code in ("NORTH", "SOUTH", "EAST")]
    user = build_user()
    grant(user, Role.AUDITOR, at=None)

    with CaptureQueriesContext(connection) as queries:
        scope = scope_for(user, Permission.SEE_AUDIT, AT)

    assert sum(' FROM "grant" ' in query["sql"] for query in queries) == 1
    assert scope.facility_ids == tuple(sorted(place.pk for place in places))


def test_a_grant_of_one_domain_everywhere_decides_nothing_beyond_it() -> None:
    build_facility("NORTH")
    user = build_user()
    Grant.objects.create(user=user, role=Role.ADMINISTRATOR, domain=Domain.SUPPLY)

    scope = scope_for(user, Permission.MANAGE_ACCESS, AT)

    assert scope.facility_ids
    assert not granting.decides_everywhere(scope)


def test_somebody_without_a_grant_or_switched_off_sees_nothing() -> None:
    build_facility()
    stranger = build_user("stranger")
    former = build_user("former", role=Role.SUPPORT)
    former.is_active = False

    assert scope_for(stranger, Permission.SEE_BOARD, AT).facility_ids == ()
    assert scope_for(former, Permission.SEE_BOARD, AT).facility_ids == ()


def test_a_scope_narrows_and_never_widens() -> None:
    scope = Scope(facility_ids=(1, 2))

    assert scope.within(2).facility_ids == (2,)
    assert scope.within(3).facility_ids == ()
    assert not scope.sees(3)
    assert Scope.system().sees(3)
    assert not Scope.system().within(3).everything


def test_grants_add_up_by_cell_and_not_crosswise() -> None:
    north, south = build_facility("NORTH").pk, build_facility("SOUTH").pk
    user = build_user()
    Grant.objects.create(user=user, role=Role.SUPPORT, facility_id=north, domain=Domain.CLINICAL)
    Grant.objects.create(user=user, role=Role.SUPPORT, facility_id=south, domain=Domain.SUPPLY)

    scope = scope_for(user, Permission.SEE_TRANSACTIONS, AT)

    assert scope.sees(north, Domain.CLINICAL)
    assert scope.sees(south, Domain.SUPPLY)
    assert not scope.sees(north, Domain.SUPPLY)
    assert not scope.sees(south, Domain.CLINICAL)
    assert not scope.allows_at(Permission.REVEAL, north, Domain.SUPPLY)
    assert not scope.to(Permission.REVEAL).sees(south, Domain.CLINICAL)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 3), None, False),
        (None, date(2026, 3, 2), True),
        (None, date(2026, 3, 1), False),
    ],
)
def test_a_grant_holds_on_its_days(valid_from: date | None, valid_to: date | None, holds: bool) -> None:
    build_facility("NORTH")
    user = build_user()
    Grant.objects.create(user=user, role=Role.SUPPORT, valid_from=valid_from, valid_to=valid_to)

    assert bool(scope_for(user, Permission.SEE_TRANSACTIONS, AT).facility_ids) == holds


def test_rows_of_a_domain_that_is_not_granted_are_read_by_nothing() -> None:
    row = build_transaction("NORTH")  # a claim: revenue
    user = build_user()
    Grant.objects.create(user=user, role=Role.SUPPORT, facility_id=row.facility_id, domain=Domain.SUPPLY)
    scope = scope_for(user, Permission.SEE_TRANSACTIONS, AT)
    of = transaction.one(scope=Scope.system(), id=row.pk, at=AT)
    assert of is not None

    assert transaction.one(scope=scope, id=row.pk, at=AT) is None
    assert listed(scope=scope, filters=Filters(), at=AT) == []
    assert search.seen(scope=scope, ids=[row.pk]) == set()
    assert transaction.steps_of(scope=scope, of=of) == []


def test_a_sensitive_department_is_there_only_for_who_holds_the_class() -> None:
    row = build_transaction("NORTH")
    row.department = "DETOX"
    row.save()
    SensitiveDepartment.objects.create(facility_id=build_facility("NORTH").pk, code="DETOX")
    usual, cleared = build_user("usual", role=Role.SUPPORT), build_user("cleared")
    classes = [PrivacyClass.BUSINESS, PrivacyClass.SENSITIVE]
    Grant.objects.create(user=cleared, role=Role.SUPPORT, domain=Domain.REVENUE, classes=classes)

    without, having = (scope_for(user, Permission.SEE_TRANSACTIONS, AT) for user in (usual, cleared))

    assert transaction.one(scope=without, id=row.pk, at=AT) is None
    assert listed(scope=without, filters=Filters(), at=AT) == []
    assert search.seen(scope=without, ids=[row.pk]) == set()
    assert transaction.one(scope=having, id=row.pk, at=AT) is not None
    assert [one.id for one in listed(scope=having, filters=Filters(), at=AT)] == [row.pk]


def test_an_opened_glass_shows_another_facility_and_allows_no_act() -> None:
    south = build_facility("SOUTH").pk
    user = build_user(role=Role.SUPPORT, at=("NORTH",))
    OpenedGlass.objects.create(
        user=user,
        facility_id=south,
        reason="The night shift called about a claim",
        opened_at=AT,
        expires_at=AT + timedelta(hours=1),
    )

    during = scope_for(user, Permission.SEE_TRANSACTIONS, AT)
    after = scope_for(user, Permission.SEE_TRANSACTIONS, AT + timedelta(hours=1))

    assert during.sees(south)
    assert during.allows_at(Permission.SEE_SPANS, south)
    assert not during.allows_at(Permission.REVEAL, south)
    assert not after.sees(south)

"""Access: who gives, ends and reviews it; and a glass that is broken leaves its traces."""

from datetime import timedelta

import pytest
from django.test import Client

from observability.accounts import granting
from observability.accounts.granting import LastAdministrator, OwnGrant, Terms
from observability.accounts.models import AuditRow, Grant, OpenedGlass, User
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from observability.accounts.views import access
from observability.core.clock import now
from observability.core.spreadsheet import csv_text
from tests.build import build_facility, build_transaction, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
WHY = "Takes over the desk of NORTH"


@pytest.fixture
def ada() -> User:
    """The administrator of everything."""
    build_facility("NORTH")
    user = build_user("ada")
    grant(user, Role.ADMINISTRATOR, at=None)
    return user


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    return sign_in(client, ada)


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("act", flat=True))


def test_a_grant_is_given_with_a_reason_and_ended_with_one(as_ada: Client) -> None:
    bob = build_user("bob")
    at = f"facility-{build_facility('NORTH').pk}"
    said = {"role": "support", "where": at, "domain": "revenue", "reason": WHY}
    as_ada.post("/access/people/bob/give/", said)
    given = Grant.objects.get(user=bob)

    assert (given.role, given.domain, given.reason) == ("support", "revenue", WHY)
    assert scope_for(bob, Permission.REVEAL, now()).facility_ids == (build_facility("NORTH").pk,)
    assert WHY in as_ada.get("/access/people/bob/").content.decode()

    as_ada.post(f"/access/grants/{given.pk}/end/", {"reason": "Left the desk again"})

    assert scope_for(bob, Permission.REVEAL, now()).facility_ids == ()
    assert acts() == ["granted", "grant_ended"]


def test_nothing_happens_without_a_reason_or_twice(as_ada: Client) -> None:
    build_user("bob")
    for where, reason in (("", WHY), ("facility-0", WHY), ("everywhere", "short")):
        said = {"role": "support", "where": where, "reason": reason}
        refused = as_ada.post("/access/people/bob/give/", said)
        assert refused.status_code == 422
    kept = refused.content.decode()
    for told in ("at least 10", 'value="support" selected', 'value="everywhere" selected', 'value="short"'):
        assert told in kept
    assert not Grant.objects.filter(user__username="bob").exists()
    for _ in range(2):
        as_ada.post("/access/people/bob/give/", {"role": "support", "where": "everywhere", "reason": WHY})

    assert Grant.objects.filter(user__username="bob").count() == 1


def test_nobody_gives_themselves_anything(as_ada: Client, ada: User) -> None:
    said = {"role": "support", "where": "everywhere", "reason": WHY}
    assert "Somebody else has to decide" in as_ada.post("/access/people/ada/give/", said).content.decode()

    assert [each.role for each in ada.grants.all()] == ["administrator"]
    with pytest.raises(OwnGrant):
        granting.mark_reviewed(
            scope=scope_for(ada, Permission.MANAGE_ACCESS, now()), grant=ada.grants.get(), by=ada, at=now()
        )


def test_the_last_administrator_stays(ada: User) -> None:
    scope, standing = scope_for(ada, Permission.MANAGE_ACCESS, now()), ada.grants.get()

    with pytest.raises(LastAdministrator):
        granting.end(scope=scope, grant=standing, by=ada, reason=WHY, at=now())

    grant(build_user("second"), Role.ADMINISTRATOR, at=None)
    granting.end(scope=scope, grant=standing, by=ada, reason=WHY, at=now())
    assert not scope_for(ada, Permission.MANAGE_ACCESS, now()).facility_ids


def test_who_administers_one_facility_gives_nothing_beyond_it(client: Client) -> None:
    build_user("bob")
    sign_in(client, build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",)))
    for where in ("everywhere", f"facility-{build_facility('SOUTH').pk}"):
        said = {"role": "support", "where": where, "reason": WHY}
        assert client.post("/access/people/bob/give/", said).status_code == 404

    assert not Grant.objects.filter(user__username="bob").exists()


def test_a_facility_that_there_is_not_is_no_place_for_a_grant(as_ada: Client, ada: User) -> None:
    bob = build_user("bob")
    said = {"role": "support", "where": "facility-999999", "reason": WHY}

    page = as_ada.post("/access/people/bob/give/", said, follow=True).content.decode()

    assert "there is no such facility" in page
    assert not Grant.objects.filter(user=bob).exists()
    with pytest.raises(granting.NoSuchPlace):
        granting.give(
            scope=Scope.system(),
            to=bob,
            terms=Terms(role=Role.SUPPORT, facility_id=999_999),
            by=None,
            reason=WHY,
            at=now(),
        )


def test_the_review_tells_leavers_and_is_exported_on_record(as_ada: Client) -> None:
    left = build_user("=left", role=Role.SUPPORT)
    left.is_active = False
    left.save()
    terms = Terms(role=Role.AUDITOR, valid_to=now().date() - timedelta(days=1))
    Grant.objects.create(user=build_user("temp"), role=terms.role, valid_to=terms.valid_to)

    page = as_ada.get("/access/review/?look=1").content.decode()
    export = as_ada.get("/access/review.csv")

    assert "leaver" in page
    assert "expired" in page
    assert "'=left,no," in export.content.decode()
    assert acts() == ["access_exported"]


def test_a_review_that_is_too_long_is_not_exported_in_part(
    as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_user("bob", role=Role.SUPPORT)
    monkeypatch.setattr(access, "MOST_EXPORTED", 1)

    answer = as_ada.get("/access/review.csv", follow=True)

    assert "More than 1 grants" in answer.content.decode()
    assert "access_exported" not in acts()


def test_a_list_that_is_cut_says_so(as_ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    build_user("bob", role=Role.SUPPORT)
    words = "Only the first 1 by name are listed and counted here."
    assert words not in as_ada.get("/access/").content.decode()

    for name in ("PEOPLE_SHOWN", "GRANTS_SHOWN"):
        monkeypatch.setattr(access, name, 1)

    for address in ("/access/", "/access/review/"):
        page = as_ada.get(address).content.decode()
        assert words in page
        assert "/access/people/bob/" not in page


def test_a_review_is_dated(as_ada: Client, ada: User) -> None:
    standing = build_user("bob", role=Role.SUPPORT).grants.get()

    as_ada.post(f"/access/grants/{standing.pk}/reviewed/")

    standing.refresh_from_db()
    assert standing.reviewed_by == ada
    assert standing.reviewed_at is not None
    assert acts() == ["grant_reviewed"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=x"])
def test_text_in_a_table_is_never_a_formula(text: str) -> None:
    assert csv_text(["a"], [[text]]).splitlines()[1].lstrip('"').startswith("'")


def test_a_glass_is_broken_told_on_every_page_and_closed(client: Client, ada: User) -> None:
    theirs = build_transaction("SOUTH")
    sign_in(client, build_user("sam", role=Role.SUPPORT, at=("NORTH",)))
    address = f"/transactions/{theirs.pk}/"
    assert client.get(address).status_code == 404

    said = {"facility": "SOUTH", "reason": "The night shift called about a claim"}
    assert client.post("/access/glass/", said).status_code == 302
    opened = OpenedGlass.objects.get()

    assert client.get(address).status_code == 200
    assert "You opened South Hospital" in client.get("/").content.decode()
    assert client.post(f"{address}reveal/", {"reason": "I want to see the number"}).status_code == 404
    client.post(f"/access/glass/{opened.pk}/end/")
    assert client.get(address).status_code == 404
    assert acts() == [
        "denied",
        "glass_opened",
        "glass_viewed",
        "transaction_viewed",
        "denied",
        "glass_ended",
    ]

    sign_in(client, ada)
    assert "The night shift called" in client.get("/access/").content.decode()
    client.post(f"/access/alarms/{opened.pk}/acknowledge/")
    opened.refresh_from_db()
    assert opened.acknowledged_by == ada


@pytest.mark.parametrize(
    "said", [{}, {"facility": "SOUTH", "reason": "short"}, {"facility": "NOWHERE", "reason": WHY}]
)
def test_a_glass_is_not_broken_without_a_place_and_a_reason(client: Client, said: dict[str, str]) -> None:
    build_facility("SOUTH")
    sign_in(client, build_user("sam", role=Role.SUPPORT))

    refused = client.post("/access/glass/", said)
    assert refused.status_code == 422
    assert said.get("reason", "") in refused.content.decode()
    assert not OpenedGlass.objects.exists()

"""What somebody else sees: asked of their grants, and seen as they do, never more than oneself."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import cast
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from observability.accounts import viewing
from observability.accounts.models import AuditRow, Grant, SensitiveDepartment, User
from observability.accounts.queries.held import held_by
from observability.accounts.roles import Domain, Permission, PrivacyClass, Role
from tests.build import build_facility, build_transaction, build_user, grant, sign_in
from tracing.models import Transaction

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHY = "She says that a claim is missing"


@pytest.fixture
def as_ada(client: Client) -> Client:
    """The administrator of NORTH and SOUTH."""
    return sign_in(client, build_user("ada", role=Role.ADMINISTRATOR, at=("NORTH", "SOUTH")))


def rosa(role: Role = Role.EXECUTIVE, at: tuple[str, ...] = ("NORTH",)) -> User:
    return build_user("rosa", role=role, at=at)


def begin(client: Client, name: str = "rosa") -> HttpResponse:
    return cast(HttpResponse, client.post(f"/access/people/{name}/view/", {"reason": WHY}))


def asked(client: Client, address: object) -> str:
    answer = client.post("/access/people/rosa/sees/", {"address": str(address)})
    assert answer.status_code == 200
    return answer.content.decode()


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("act", flat=True))


def test_it_is_told_why_somebody_does_or_does_not_see_a_transaction(as_ada: Client) -> None:
    rosa()
    here, there = build_transaction("NORTH"), build_transaction("SOUTH")

    told = asked(as_ada, f"https://throughline.example/transactions/{here.pk}/?search=x")
    assert "rosa sees it</h2>" in told
    assert "It belongs to North Hospital and is about revenue" in told
    assert "Identifiers are masked." in told
    assert "It belongs to South Hospital, where that right is not held" in asked(as_ada, there.pk)
    assert "no grant of theirs gives" in asked(as_ada, "/connectors/")
    assert "There is no such page" in asked(as_ada, "/nowhere/")
    Grant.objects.filter(user__username="rosa").update(domain=Domain.SUPPLY)
    assert "the right is held for supply only" in asked(as_ada, here.pk)
    mentioned = [row.mentions for row in AuditRow.objects.filter(act="access_explained").order_by("seq")]
    assert mentioned == [[here.pk], [there.pk], [], [], [here.pk]]


def test_asking_never_tells_whether_a_department_is_sensitive(as_ada: Client) -> None:
    person = rosa()
    plain, hidden = build_transaction("NORTH"), build_transaction("NORTH")
    Transaction.objects.filter(pk=hidden.pk).update(department="DETOX")
    SensitiveDepartment.objects.create(facility_id=build_facility("NORTH").pk, code="DETOX")

    said = {asked(as_ada, row.pk).replace(str(row.pk), "") for row in (plain, hidden)}

    assert len({text.partition('id="answer"')[2].partition("</section>")[0] for text in said}) == 1
    assert "unless its department is sensitive" in said.pop()
    Grant.objects.filter(user=person).update(classes=[PrivacyClass.BUSINESS, PrivacyClass.SENSITIVE])
    assert "rosa sees it</h2>" in asked(as_ada, hidden.pk)
    # Who reads all other rows there would conclude from it: for them there is no such row.
    grant(User.objects.get(username="ada"), Role.SUPPORT, at=("NORTH",))
    assert "There is none of this id" in asked(as_ada, hidden.pk)
    assert "rosa sees it</h2>" in asked(as_ada, plain.pk)
    begin(as_ada)
    assert "rosa finds nothing here" in as_ada.get(f"/transactions/{hidden.pk}/").content.decode()


def test_it_is_told_what_a_grant_would_show_before_it_is_given(as_ada: Client) -> None:
    row = build_transaction("NORTH")
    said = {"role": "support", "where": f"facility-{build_facility('NORTH').pk}", "address": str(row.pk)}

    answer = as_ada.post("/access/would/", said | {"domain": "revenue"}).content.decode()
    assert "Somebody with this grant sees it</h2>" in answer
    assert "a reveal with a reason shows them for a while" in answer
    assert "does not see it" in as_ada.post("/access/would/", said | {"domain": "supply"}).content.decode()
    assert as_ada.post("/access/would/", said | {"where": ""}).status_code == 422
    assert not Grant.objects.exclude(user__username="ada").exists()


def test_who_decides_on_one_facility_learns_nothing_of_another(client: Client) -> None:
    rosa(at=("NORTH", "SOUTH"))
    there = build_transaction("SOUTH")
    sign_in(client, build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",)))

    for id in (there.pk, uuid4()):
        assert "There is none of this id at the facilities that you decide on" in asked(client, id)
    assert "South" not in asked(client, there.pk)


def test_seeing_as_somebody_shows_what_both_may_see_and_says_so(as_ada: Client) -> None:
    rosa(Role.SUPPORT)
    row = build_transaction("NORTH")
    assert begin(as_ada).status_code == 302

    board = as_ada.get("/").content.decode()
    assert "You see the product as rosa does" in board
    assert ("North Hospital" in board, "South Hospital" in board) == (True, False)
    assert "/access/" not in board.replace("/access/viewing/end/", "").replace("/access/glass/", "")
    for address in ("/transactions/", f"/transactions/{row.pk}/"):
        page = as_ada.get(address)
        assert page.status_code == 404
        assert "This is not shown to you" in page.content.decode()
        assert str(row.pk) not in page.content.decode()
    assert "rosa finds nothing here" in as_ada.get("/access/").content.decode()

    as_ada.post("/access/viewing/end/")
    assert "South Hospital" in as_ada.get("/").content.decode()
    assert as_ada.get("/access/").status_code == 200
    assert (acts()[0], acts()[-1]) == ("viewing_begun", "viewing_ended")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/access/people/bob/give/", {"role": "support", "where": "everywhere", "reason": WHY}),
        ("/account/", {"old": "a", "new": "b", "again": "b"}),
        ("/transactions/search/", {"q": "CLM-1"}),
        ("/access/people/bob/view/", {"reason": WHY}),
    ],
)
def test_whoever_sees_as_somebody_only_reads(as_ada: Client, address: str, said: dict[str, str]) -> None:
    rosa()
    build_user("bob")
    begin(as_ada)

    answer = as_ada.post(address, said)

    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()
    assert acts() == ["viewing_begun", "denied"]


def test_what_is_refused_while_seeing_as_somebody_is_on_record(as_ada: Client) -> None:
    person, row = rosa(Role.SUPPORT), build_transaction("SOUTH")
    grant(User.objects.get(username="ada"), Role.SUPPORT, at=("NORTH", "SOUTH"))
    begin(as_ada)

    for address in ("/access/", f"/transactions/{row.pk}/", "/connectors/nowhere/"):
        assert as_ada.get(address).status_code == 404
    as_ada.post("/access/glass/", {"facility": "SOUTH", "reason": WHY})

    told = [
        (each.actor, each.object_id, each.changes, each.mentions)
        for each in AuditRow.objects.filter(act="denied", outcome="refused").order_by("seq")
    ]
    as_rosa = {"seen_as": str(person.pk)}
    assert told == [
        ("ada", "accounts:access", as_rosa, []),
        ("ada", "tracing:transaction", {"transaction_id": str(row.pk)} | as_rosa, [row.pk]),
        ("ada", "integrations:connector", as_rosa, []),
        ("ada", "accounts:glass", as_rosa, []),
    ]


def test_no_identifier_is_revealed_even_to_who_could_as_themselves(as_ada: Client) -> None:
    rosa(Role.SUPPORT)
    ada = User.objects.get(username="ada")
    grant(ada, Role.SUPPORT, at=("NORTH",))
    row = build_transaction("NORTH")
    assert "reveal/" in as_ada.get(f"/transactions/{row.pk}/").content.decode()
    begin(as_ada)

    page = as_ada.get(f"/transactions/{row.pk}/")

    assert page.status_code == 200
    assert "reveal/" not in page.content.decode()
    assert as_ada.post(f"/transactions/{row.pk}/reveal/", {"reason": WHY}).status_code == 403


def test_it_ends_by_itself_and_for_who_no_longer_decides(as_ada: Client, settings: Settings) -> None:
    rosa()
    settings.VIEWING_MINUTES = 0
    begin(as_ada)
    assert as_ada.get("/access/").status_code == 200

    settings.VIEWING_MINUTES = 15
    begin(as_ada)
    Grant.objects.filter(user__username="ada").update(role=Role.ENGINEER)
    assert "You see the product as" not in as_ada.get("/").content.decode()


def test_nobody_sees_as_somebody_without_a_reason_or_the_right(as_ada: Client) -> None:
    rosa()
    as_ada.post("/access/people/rosa/view/", {"reason": "short"})
    assert begin(as_ada, "ada").status_code == 404
    assert begin(sign_in(Client(), build_user("sam", role=Role.SUPPORT))).status_code == 404
    assert "viewing_begun" not in acts()


@pytest.mark.parametrize(("one", "other"), list(combinations(Role, 2)))
def test_together_is_never_more_than_either(one: Role, other: Role) -> None:
    alice, bob = build_user("alice", role=one, at=("NORTH", "SOUTH")), build_user("bob")
    Grant.objects.create(
        user=bob,
        role=other,
        facility_id=build_facility("SOUTH").pk,
        domain=Domain.REVENUE,
        classes=[PrivacyClass.BUSINESS, PrivacyClass.SENSITIVE],
    )
    mine, theirs = (held_by(user_id=user.pk, at=AT) for user in (alice, bob))

    for shared in (viewing.together(mine, theirs), viewing.together(theirs, mine)):
        assert Permission.REVEAL not in shared.cells
        for permission, cells in shared.cells.items():
            for id, there in cells.items():
                for domain, classes in there.items():
                    assert classes <= mine.cells[permission][id][domain]
                    assert classes <= theirs.cells[permission][id][domain]
        assert Permission.SEE_BOARD in shared.cells


def test_somebody_switched_off_is_seen_to_see_nothing(as_ada: Client) -> None:
    User.objects.filter(pk=rosa().pk).update(is_active=False)
    assert "no grant of theirs gives" in asked(as_ada, "/")
    assert (
        viewing.seen_of(User.objects.get(username="rosa"), where=(1, 2, 3), at=AT + timedelta(0)).cells == {}
    )

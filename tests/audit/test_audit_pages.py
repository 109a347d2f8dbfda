"""`/audit/`: by person, object, pasted identifier, act and day, in words, and only what one audits."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from integrations.ingest.credentials import issue_key
from observability.accounts.audit import Act
from observability.accounts.models import AuditRow, Grant, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.audit.acts import WHY
from tests.build import build_connector, build_facility, build_user, grant, sign_in
from tests.build.claims import submitted
from tests.tracing_pages.conftest import Hospital, alice, at, north, south
from tracing.models import Transaction

pytestmark = pytest.mark.django_db
__all__ = ["alice", "at", "north", "south"]
NUMBER = "CLM0007714"


def auditor(*, everywhere: bool = False, at: tuple[str, ...] = ("NORTH",)) -> Client:
    """Somebody who audits the facilities `at`, or every one."""
    user = build_user("aki", role=None if everywhere else Role.AUDITOR, at=at)
    if everywhere:
        build_facility()
        grant(user, Role.AUDITOR, at=None)
    return sign_in(Client(), user)


def table(client: Client, address: str = "/audit/") -> str:
    """Return what a page lists."""
    page = client.get(address).content.decode()
    return page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""


@pytest.fixture
def revealed(alice: Client, north: Hospital, at: datetime) -> Transaction:
    """A claim of NORTH that Alice searched for, saw and revealed."""
    north.told(submitted(NUMBER, at - timedelta(days=1)))
    claim = Transaction.objects.get()
    alice.post("/transactions/search/", {"q": NUMBER}, follow=True)
    alice.post(f"/transactions/{claim.pk}/reveal/", {"reason": WHY})
    return claim


@pytest.mark.parametrize("pasted", [NUMBER, " clm0007714", "a-clm0007714"])
def test_a_pasted_identifier_finds_who_searched_saw_and_revealed_it(
    revealed: Transaction, pasted: str
) -> None:
    client = auditor()
    answer = client.post("/audit/search/", {"identifier": pasted})
    found = table(client, answer["Location"])

    assert pasted not in answer["Location"]
    assert "showed the identifiers of" in found
    assert WHY in found
    assert "looked at" in found
    assert ("searched by identifier" in found) == (pasted != "a-clm0007714")
    assert NUMBER not in str(list(AuditRow.objects.values_list("changes", "object_id", "reason")))


def test_a_search_that_found_nothing_is_found_by_the_same_words(alice: Client) -> None:
    alice.post("/transactions/search/", {"q": "VIP 4711"})
    client = auditor()

    answer = client.post("/audit/search/", {"identifier": "vip-4711"}, follow=True).content.decode()
    other = client.post("/audit/search/", {"identifier": "vip-4712"}, follow=True).content.decode()

    assert "searched by identifier" in answer
    assert "No act is like that" in other


@pytest.mark.parametrize(
    ("address", "acts"),
    [
        ("/audit/?who=alice&act=revealed", 1),
        ("/audit/?who=aki&act=revealed", 0),
        ("/audit/?act=searched", 1),
        ("/audit/?about=transaction:{id}", 2),
        ("/audit/?since={today}&act=revealed", 1),
        ("/audit/?until={before}", 0),
        ("/audit/?until=9999-12-31&act=searched", 1),
        ("/audit/?since=0001-01-01&act=searched", 1),
    ],
)
def test_filters_narrow(revealed: Transaction, address: str, acts: int) -> None:
    client, day = auditor(), now()
    asked = address.format(
        id=revealed.pk,
        today=f"{day - timedelta(days=1):%Y-%m-%d}",
        before=f"{day - timedelta(days=2):%Y-%m-%d}",
    )
    assert table(client, asked).count("<tr>") == acts


def test_somebody_is_asked_about_however_many_others_there_are(revealed: Transaction) -> None:
    client = auditor()
    User.objects.bulk_create(User(username=f"a{number:04}") for number in range(1_000))

    assert table(client, "/audit/?who=alice&act=revealed").count("<tr>") == 1
    assert table(client, "/audit/?who=aki&act=revealed") == ""


def test_a_row_of_another_facility_and_one_of_the_installation_are_not_there(
    revealed: Transaction, client: Client
) -> None:
    client.post("/sign-in/", {"username": "alice", "password": "wrong"})
    here, elsewhere, all_over = (
        auditor(),
        build_user("south", role=Role.AUDITOR, at=("SOUTH",)),
        build_user("eve"),
    )
    grant(all_over, Role.AUDITOR, at=None)
    row = AuditRow.objects.get(act=Act.REVEALED).pk

    assert "failed to sign in" not in table(here)
    assert here.get(f"/audit/{row}/").status_code == 200
    other = sign_in(Client(), elsewhere)
    assert "showed" not in table(other)
    assert other.get(f"/audit/{row}/").status_code == 404
    whole = table(sign_in(Client(), all_over))
    assert "failed to sign in" in whole
    assert "showed the identifiers of" in whole


def test_an_auditor_of_one_domain_reads_no_row_for_none_says_its_domain(revealed: Transaction) -> None:
    client = auditor()
    assert "showed" in table(client)
    Grant.objects.filter(user__username="aki").update(domain="supply")
    assert table(client) == ""


def test_pages_go_on_where_the_last_ended_and_each_is_one_row(client: Client) -> None:
    build_facility()
    connector = build_connector()
    for _ in range(60):
        issue_key(connector, now())
    reader = auditor()
    first = reader.get("/audit/?act=credential_issued").content.decode()
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert table(reader, older).count("<tr>") == 10
    back = (
        reader.get(older).content.decode().split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    )
    assert table(reader, back).count("<tr>") == 50
    assert AuditRow.objects.filter(act=Act.AUDIT_VIEWED).count() == 3


def test_an_export_is_whole_or_refused_and_on_record(revealed: Transaction, settings: Settings) -> None:
    client = auditor()
    text = b"".join(client.get("/audit/export/csv/?act=revealed").streaming_content).decode()  # type: ignore[attr-defined]
    assert text.splitlines()[0].startswith("row,at (UTC),who,")
    assert WHY in text
    assert len(text.splitlines()) == 2
    assert AuditRow.objects.get(act=Act.AUDIT_EXPORTED).changes == {"rows": 1}

    lines = client.get("/audit/export/fhir/?act=revealed").streaming_content  # type: ignore[attr-defined]
    (event,) = [json.loads(line) for line in lines]
    assert event["resourceType"] == "AuditEvent"
    assert event["agent"][0]["who"]["identifier"]["value"] == "alice"

    settings.AUDIT_EXPORT_ROWS = 1
    answer = client.get("/audit/export/csv/", follow=True)
    assert "choose fewer days" in answer.content.decode()
    assert AuditRow.objects.filter(act=Act.AUDIT_EXPORTED).count() == 2

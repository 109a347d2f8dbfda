"""What traffic names is found, proposed, and decided on by a person; what it names no more is a finding."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from integrations.catalogue import proposals
from integrations.catalogue.naming import code_of
from integrations.catalogue.windows import DAY, since
from integrations.models import Dismissal, Interface, SeenHour, SeenName, Sighting
from integrations.queries import register as queries
from integrations.queries import traffic
from observability.accounts import audit
from observability.accounts.models import AuditRow
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from observability.core import clock
from tests.build import build_connector, build_facility, build_user, sign_in
from tests.build.edge import NEW_YEAR
from tests.build.register import declare, declare_flow, see
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import poster
from tracing.models import Transaction
from tracing.storage import sightings
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system()
WHY = "It is a system of the test lab"


@pytest.mark.parametrize(
    ("name", "code"),
    [("charges-lake", "charges-lake"), ("lab.orders/v2", "lab-orders-v2"), (" Épic ", "pic"), ("‹›", "")],
)
def test_a_name_is_kept_as_the_register_would_write_it(name: str, code: str) -> None:
    assert code_of(name) == code


def test_recent_counts_begin_with_a_whole_hour() -> None:
    assert since(NEW_YEAR + timedelta(hours=10, minutes=59), DAY) == NEW_YEAR - timedelta(hours=14)


def test_what_events_and_spans_name_is_counted_where_it_was_seen() -> None:
    post = poster()
    named = event()["data"] | {"interface": "lab.feed", "system": "lis"}
    post.events([event(data=named), event(n=2)])
    post.otlp("traces", traces({}, {}, resource={"service.name": "router"}))
    post.otlp("traces", traces({"trace_id": b"2" * 16}, resource={"other": "no name"}))
    drain(seconds=30)
    sightings.tally(clock.now())
    sightings.tally(clock.now())

    north = build_facility().pk
    seen = SeenName.objects.order_by("code").values_list("sort", "code", "facility_id", "n")
    assert list(seen) == [
        ("interface", "lab-feed", north, 1),
        ("system", "lis", north, 1),
        ("system", "router", None, 2),
    ]
    assert sum(SeenHour.objects.values_list("n", flat=True)) == 4
    assert not Sighting.objects.exists()


def test_pages_of_transactions_and_connectors_lead_to_the_register(client: Client) -> None:
    post = poster()
    for n, name in enumerate(("lab.feed", "stranger", "southern"), start=1):
        said = event()["data"] | {"interface": name, "charge_no": f"C-{n}"}
        post.events([event(n=n, data=said)])
    drain(seconds=30)
    sightings.tally(clock.now())
    declare_flow("lab-feed", at=("NORTH",))
    declare("system", post.connector.name)
    declare("interface", "southern", at=("SOUTH",))
    sign_in(client, build_user("ines", role=Role.ENGINEER, at=("NORTH",)))

    shown = [client.get(f"/transactions/{each.pk}/").content.decode() for each in Transaction.objects.all()]
    assert sum('href="/catalogue/interface/lab-feed/"' in page for page in shown) == 1
    assert not any("/interface/stranger/" in page or "/interface/southern/" in page for page in shown)
    page = client.get(f"/connectors/{post.connector.name}/").content.decode()
    for leads in ("system/lab-feed/", "interface/lab-feed/", "worklist/interface/stranger/"):
        assert f'href="/catalogue/{leads}"' in page
    assert "interface/southern/" not in page
    entry = " ".join(client.get("/catalogue/interface/lab-feed/").content.decode().split())
    assert "<dt>Last 24 hours</dt><dd>1<small>records that name it</small>" in entry


def test_a_sender_that_names_everything_fills_no_table_and_hides_nothing_declared() -> None:
    declare_flow("charges")
    feed = build_connector()
    named = {"sort": "interface", "connector_id": feed.pk, "first_at": NEW_YEAR, "last_at": NEW_YEAR, "n": 1}
    full = sightings.NAMES_OF_A_CONNECTOR
    SeenName.objects.bulk_create(SeenName(code=f"n{n}", **named) for n in range(full))
    for code in ("n7", "charges", "one-more"):
        Sighting.objects.create(code=code, hour=NEW_YEAR, **named)

    assert sightings.tally(NEW_YEAR) == (3, 1)
    assert SeenName.objects.get(code="n7").n == 2
    assert set(SeenName.objects.filter(code__in=("charges", "one-more")).values_list("code", flat=True)) == {
        "charges"
    }


def test_notes_are_taken_by_key_whatever_statistics_of_an_empty_queue_say() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sightings.TALLY}", {"ids": list(range(1_000)), "names": 1})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    taken = plan[plan.index("Delete on register_sighting") :]
    assert "id = ANY (" in taken.splitlines()[2]  # no join, which could be one of every row with every id


def test_a_proposal_is_declared_from_a_form_that_knows_what_was_seen(client: Client) -> None:
    declare_flow("charges")
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH",))
    see("interface", "lab-feed", by=build_connector(), at="NORTH", n=12)
    sign_in(client, ines)

    assert "1 name in traffic is" in " ".join(client.get("/catalogue/worklist/").content.decode().split())
    form = client.get("/catalogue/new/interface/?seen=lab-feed").content.decode()
    for value in ("lab-feed", "Lab feed", "NORTH"):
        assert f'value="{value}"' in form
    said = {"code": "lab-feed", "name": "Lab", "facilities": "NORTH", "kind": "event"}
    client.post("/catalogue/new/interface/?seen=lab-feed", {**said, "source": "ehr", "target": "erp"})

    assert Interface.objects.filter(code="lab-feed").exists()
    assert AuditRow.objects.filter(act="catalogue_changed", user_id=ines.pk).count() == 1
    assert traffic.undeclared_in(scope=SYSTEM) == 0
    assert client.get("/catalogue/worklist/interface/lab-feed/").status_code == 404


def test_a_dismissal_needs_a_reason_is_remembered_and_can_be_taken_back(client: Client) -> None:
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH",))
    see("system", "sandbox", by=build_connector(), at="NORTH")
    sign_in(client, ines)
    url = "/catalogue/worklist/system/sandbox/"

    assert client.post(f"{url}dismiss/", {"reason": "no"}).status_code == 422
    for _ in range(2):
        client.post(f"{url}dismiss/", {"reason": WHY})
    assert (traffic.undeclared_in(scope=SYSTEM), Dismissal.objects.get().reason) == (0, WHY)
    assert WHY in client.get("/catalogue/worklist/").content.decode()
    for _ in range(2):
        client.post(f"{url}restore/")

    assert traffic.undeclared_in(scope=SYSTEM) == 1
    acts = AuditRow.objects.filter(object_type="dismissal").order_by("seq").values_list("act", "facility_ids")
    north = build_facility().pk
    assert list(acts) == [("proposal_dismissed", [north]), ("proposal_restored", [north])]


def test_a_name_seen_elsewhere_is_not_shown_and_one_seen_there_too_is_not_dismissed(client: Client) -> None:
    both = build_connector("both-feed", facilities=("NORTH", "SOUTH"))
    see("interface", "south-only", by=both, at="SOUTH")
    see("system", "anywhere", by=both)
    see("interface", "shared", by=both, at="NORTH", n=3)
    see("interface", "shared", by=both, at="SOUTH", n=40)
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH",))
    scope = scope_for(ines, Permission.MANAGE_CATALOGUE, NEW_YEAR)
    wide = scope_for(build_user("wide", role=Role.ENGINEER, at=("NORTH", "SOUTH")), Permission.SEE_CATALOGUE,
                     NEW_YEAR)  # fmt: skip

    assert [(each.code, each.n) for each in traffic.proposals_in(scope=scope)] == [("shared", 3)]
    assert traffic.undeclared_in(scope=scope) == 1
    assert [each.code for each in traffic.proposals_in(scope=wide)] == ["anywhere", "shared", "south-only"]
    with pytest.raises(proposals.NotYours):
        proposals.dismiss("interface", "shared", reason=WHY, scope=scope, user=ines, at=NEW_YEAR)
    assert proposals.may_decide(wide, "system", "anywhere")
    sign_in(client, ines)
    for page in ("worklist/", "", "worklist/interface/shared/"):
        shown = client.get(f"/catalogue/{page}").content.decode()
        assert "south" not in shown.lower()
        assert "anywhere" not in shown
    assert client.get("/catalogue/new/interface/?seen=south-only").status_code == 404


def test_recent_activity_is_counted_within_the_scope() -> None:
    feed = build_connector(facilities=("NORTH", "SOUTH"))
    at = NEW_YEAR + timedelta(days=9)
    for place, on, n in (("NORTH", at, 1), ("SOUTH", at - timedelta(hours=24), 10)):
        see("interface", "x", by=feed, at=place, on=on, n=n)
    SeenHour.objects.create(
        sort="interface", code="x", connector_id=feed.pk, facility_id=build_facility("SOUTH").pk,
        hour=at - timedelta(days=6), n=100,
    )  # fmt: skip
    north = Scope(facility_ids=(build_facility("NORTH").pk,))
    entries = [("interface", "x")]

    (whole,) = traffic.activity_of(scope=SYSTEM, entries=entries, at=at).values()
    (part,) = traffic.activity_of(scope=north, entries=entries, at=at).values()
    assert (whole.day, whole.week, whole.last_at) == (11, 111, at)
    assert (part.day, part.week, part.first_at) == (1, 1, at)


def test_a_declared_entry_that_traffic_names_no_more_is_a_finding() -> None:
    declare_flow("quiet")
    declare("system", "lab")
    declare("interface", "new", source="lab", target="lab", starts_on="2026-02-20")
    declare("interface", "busy", source="ehr", target="lab")
    feed = build_connector()
    see("interface", "quiet", by=feed, at="NORTH", on=NEW_YEAR)

    def silent(today: str) -> set[str]:
        day = datetime.fromisoformat(today).date()
        filters = queries.Filters(finding="not_seen")
        return {each.code for each in queries.entries_in(scope=SYSTEM, today=day, filters=filters)}

    assert silent("2026-01-31") == set()  # nobody has watched for thirty days yet
    see("interface", "busy", by=feed, at="NORTH", on=NEW_YEAR + timedelta(days=60))
    assert silent("2026-03-10") == {"quiet", "erp"}


def test_what_has_ended_and_is_still_named_is_a_finding() -> None:
    declare_flow("over", ends_on="2026-01-10")
    declare("interface", "left", ends_on="2026-01-10")
    feed = build_connector()
    see("interface", "left", by=feed, at="NORTH", on=NEW_YEAR + timedelta(days=9, hours=23))
    see("interface", "over", by=feed, at="NORTH", on=NEW_YEAR + timedelta(days=10))

    def found(day: int) -> list[tuple[str, list[str]]]:
        today, filters = (NEW_YEAR + timedelta(days=day)).date(), queries.Filters(finding="seen_after_end")
        return [(each.code, each.findings) for each in queries.entries_in(scope=SYSTEM, today=today,
                                                                          filters=filters)]  # fmt: skip

    assert found(12) == [("over", ["seen_after_end"])]
    assert found(9) == found(41) == []


def test_a_reason_of_blanks_is_none() -> None:
    with pytest.raises(audit.ReasonTooShort):
        proposals.dismiss("system", "x", reason=" " * 20, scope=SYSTEM, user=build_user("ines"), at=NEW_YEAR)

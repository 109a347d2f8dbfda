"""The board, the pages of measures, and the lists behind their numbers."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from kpis.catalogue import KPIS
from kpis.forms import asked
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from tests.build import build_facility, build_user, sign_in
from tests.build.reference import know
from tests.kpis.build import MIDDAY, Ack, build_claim

pytestmark = pytest.mark.django_db

MARCH = "from=2026-03-01&to=2026-04-01"
# What a query costs beside itself: its savepoint and its time limit.
OVERHEAD = re.compile(r"SAVEPOINT|RELEASE|set_config|BEGIN|COMMIT")


def count() -> None:
    count_again(scope=Scope.system(), window=Window(), clock=lambda: datetime.now(UTC))


def build_some() -> None:
    build_claim("NORTH", first="denied", denied={"authorization": "700", "coding": "300"}, phase="failed")
    build_claim("NORTH", first="partly_denied", denied={"coding": "40"}, acks=[Ack("accepted")])
    build_claim("NORTH", first="paid", acks=[Ack("accepted")], phase="completed", payer=None)
    build_claim("SOUTH", acks=[Ack("rejected")], phase="failed", outcome="rejected", payer="CIGNA")
    build_claim("SOUTH", started=MIDDAY + timedelta(days=9), due=MIDDAY + timedelta(days=10))
    count()


@pytest.fixture
def executive(client: Client) -> Client:
    build_facility("SOUTH", zone="America/Denver")
    return sign_in(client, build_user(role=Role.EXECUTIVE, at=("NORTH", "SOUTH")))


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_board_shows_each_measure_with_unit_as_of_coverage_and_variant(executive: Client) -> None:
    build_some()
    shown = page(executive, f"/?{MARCH}")
    for words in (
        "Initial denial rate", "K01b: by cohort of first submission, version 1", "% of claims", "≤ 5",
        "2 of 2 facilities heard from", "2 of 5 not adjudicated yet", "Off target", "As of",
        "is held up in 3 claims", "Authorization", "each workflow counts its own money",
    ):  # fmt: skip
        assert words in shown, words


def rows_listed(client: Client, address: str) -> int:
    return len(re.findall(r'href="/transactions/[0-9a-f-]{36}/"', page(client, address)))


def test_every_number_leads_to_exactly_its_transactions(executive: Client) -> None:
    build_some()
    shown = page(executive, f"/?{MARCH}")
    links = set(re.findall(r'href="(/kpis/\w+/transactions/\?[^"]+)"', shown))
    expected = {
        "K01 numerator": 1, "K04 authorization": 1, "K04 coding": 2, "HELD claim": 3, "HELD claim:failed": 2,
        "HELD claim:late": 1, "PHASES failed": 2, "PHASES failed:denied": 1, "PHASES failed:rejected": 1,
        "PHASES open": 2, "PHASES open:partly_denied": 1, "PHASES open:": 1, "PHASES completed": 1,
        "PHASES completed:paid": 1,
    }  # fmt: skip
    found = {}
    for link in links:
        key, query = link.split("/")[2], dict(part.split("=") for part in link.split("?")[1].split("&"))
        if "facility" not in query:
            found[f"{key} {query['part'].replace('%3A', ':')}"] = rows_listed(executive, link)
    assert found == expected
    (coding,) = (link for link in links if "part=coding" in link and "facility" not in link)
    assert page(executive, coding).count("under its largest category") == 1


def test_who_may_not_see_transactions_gets_the_numbers_without_links_to_them(client: Client) -> None:
    sign_in(client, build_user(role=Role.ADMINISTRATOR, at=("NORTH", "SOUTH")))
    build_some()
    for address in (f"/?{MARCH}", f"/kpis/K01/?{MARCH}", f"/kpis/HELD/?{MARCH}"):
        shown = page(client, address)
        assert "/transactions/" not in shown, address
    assert "is held up in 3 claims" in page(client, f"/?{MARCH}")


def test_money_held_is_told_in_the_same_zone_as_the_page(client: Client) -> None:
    build_facility("SOUTH", zone="America/Denver")
    sign_in(client, build_user(role=Role.EXECUTIVE, at=("SOUTH",)))
    build_some()
    noted = re.search(r"whenever it began, as of [\d:]+ (\w+)", page(client, f"/?{MARCH}"))
    assert noted
    assert noted.group(1) in ("MST", "MDT")


def test_the_board_of_one_facility_and_the_sum_of_all(executive: Client) -> None:
    build_some()
    for facility, decided in (("NORTH", "All adjudicated"), ("SOUTH", "2 of 2 not adjudicated yet")):
        assert decided in page(executive, f"/?{MARCH}&facility={facility}")
    whole = rows_listed(executive, f"/kpis/K01/transactions/?{MARCH}&part=denominator")
    parts = [
        rows_listed(executive, f"/kpis/K01/transactions/?{MARCH}&part=denominator&facility={code}")
        for code in ("NORTH", "SOUTH")
    ]
    assert (whole, parts) == (5, [3, 2])


@pytest.mark.parametrize("key", KPIS)
def test_every_measure_has_a_page_with_definition_and_breakdowns(executive: Client, key: str) -> None:
    build_some()
    shown = page(executive, f"/kpis/{key}/?{MARCH}")
    kpi = KPIS[key]
    for words in (kpi.title, kpi.numerator, kpi.denominator, *kpi.notes, "By facility", "North Hospital"):
        assert words in shown
    for link in set(re.findall(rf'href="(/kpis/{key}/transactions/\?[^"]+)"', shown)):
        assert rows_listed(executive, link) > 0, link


def test_payers_have_their_names_and_those_not_said_a_list_of_their_own(executive: Client) -> None:
    build_some()
    know("payer", "AETNA", name="Aetna Health")
    shown = page(executive, f"/kpis/K01/?{MARCH}")
    link = re.search(r'href="(/kpis/K01/transactions/\?[^"]*payer=-[^"]*)"', shown)
    assert link
    assert "Payer not said" in shown
    assert re.search(r'>Aetna Health</a><span class="sub">AETNA</span>', shown)
    assert rows_listed(executive, link.group(1)) == 1


def test_without_claims_in_the_window_nothing_is_known_rather_than_zero(executive: Client) -> None:
    build_some()
    shown = page(executive, "/?from=2020-01-01&to=2020-02-01")
    assert "No claims were first submitted from 1 Jan – 31 Jan 2020" in shown
    assert "the latest transaction began on 19 Mar 2026" in shown
    assert "is not known for this period" in page(executive, "/kpis/K01/?from=2020-01-01&to=2020-02-01")


def test_an_empty_installation_says_how_to_fill_it(executive: Client) -> None:
    count()
    assert "Nothing has come in yet." in page(executive, "/")


def test_a_long_list_pages_by_key_without_gaps_or_repeats(executive: Client) -> None:
    for n in range(120):
        build_claim(started=MIDDAY + timedelta(minutes=n % 7))
    seen: list[str] = []
    address: str | None = f"/kpis/K01/transactions/?{MARCH}&part=denominator"
    while address:
        shown = page(executive, address)
        seen += re.findall(r'href="/transactions/([0-9a-f-]{36})/"', shown)
        older = re.search(r'rel="next" href="([^"]+)"', shown)
        address = older.group(1) if older else None
    assert (len(seen), len(set(seen))) == (120, 120)


def test_htmx_gets_the_fragment_alone(executive: Client) -> None:
    build_some()
    for address in (f"/?{MARCH}", f"/kpis/K01/?{MARCH}", f"/kpis/K01/transactions/?{MARCH}"):
        answer = executive.get(address, headers={"HX-Request": "true"})
        assert "<html" not in answer.content.decode()
        assert "HX-Request" in answer["Vary"]


def test_a_stranger_to_a_facility_sees_nothing_of_it(client: Client) -> None:
    build_some()
    build_facility("EAST")
    sign_in(client, build_user("mallory", role=Role.EXECUTIVE, at=("EAST",)))
    for address in ("/", "/kpis/K01/", "/kpis/K01/transactions/", "/kpis/HELD/transactions/"):
        assert client.get(f"{address}?{MARCH}&facility=NORTH").status_code == 404
        assert client.get(f"{address}?{MARCH}&facility=NOWHERE").status_code == 404
        own = page(client, f"{address}?{MARCH}")
        assert "North" not in own
        assert rows_listed(client, f"{address}?{MARCH}") == 0


def test_a_list_that_takes_too_long_says_what_to_do(executive: Client) -> None:
    build_claim()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE fact IN ACCESS EXCLUSIVE MODE")  # the list must wait for it
        with override_settings(SQL_READ_TIMEOUT_MS=300):
            shown = page(executive, f"/kpis/K07b/transactions/?{MARCH}")
    other.close()
    assert "This took too long to look up." in shown


@pytest.mark.parametrize("address", ["/kpis/K99/", "/kpis/K99/transactions/"])
def test_an_unknown_measure_is_not_found(executive: Client, address: str) -> None:
    assert executive.get(address).status_code == 404


def test_an_administrator_sees_figures_but_no_transactions(client: Client) -> None:
    build_some()
    sign_in(client, build_user(role=Role.ADMINISTRATOR))
    assert client.get(f"/?{MARCH}").status_code == 200
    assert client.get(f"/kpis/K01/transactions/?{MARCH}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "from=x&to=y",
        "period=999",
        "period=-1",
        "from=0001-01-01&to=0001-01-09",
        "from=2026-04-01&to=2026-03-01",
        "after=x",
    ],
)
def test_an_address_that_cannot_be_read_shows_the_usual_days(executive: Client, query: str) -> None:
    build_some()
    page(executive, f"/?{query}")
    page(executive, f"/kpis/K01/transactions/?{query}")


@pytest.mark.parametrize(
    ("address", "most"), [("/", 11), ("/kpis/K01/", 13), ("/kpis/K01/transactions/", 10)]
)
def test_queries_of_each_page(executive: Client, address: str, most: int) -> None:
    build_some()
    page(executive, f"{address}?{MARCH}")  # the first look of a day writes down that the grant is in use
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        page(executive, f"{address}?{MARCH}")
    asked_for = [
        q["sql"] for q in captured.captured_queries if not OVERHEAD.match(q["sql"].removeprefix("SELECT "))
    ]
    assert len(asked_for) == most, "\n".join(asked_for)


def test_a_period_ends_today() -> None:
    said = asked(QueryDict("period=7"), today=date(2026, 3, 10))
    assert (said.start, said.stop, said.days) == (date(2026, 3, 4), date(2026, 3, 11), 7)
    assert said.before == Window(date(2026, 2, 25), date(2026, 3, 4))


def test_counts_leave_without_small_ones_on_record_while_the_page_shows_all(executive: Client) -> None:
    for n in range(16):
        build_claim("NORTH", first="paid" if n else "denied")
        build_claim("SOUTH", first="paid" if n > 11 else "denied")
    count()

    answer = executive.get(f"/kpis/K01/counts.csv?{MARCH}")

    *notes, head, north, south, total = answer.content.decode().splitlines()
    assert answer["Content-Disposition"] == 'attachment; filename="k01-2026-03-01-2026-03-31.csv"'
    assert "K01 version 1: claims by facility and part" in notes[0]
    assert "Counts of 1 to 10 are withheld" in notes[2]
    assert head == "Facility,Denied in full at first,Paid at first,Total"
    assert (north, south, total) == (
        "North Hospital,withheld,withheld,16", "South Hospital,withheld,withheld,16", "Total,13,19,32"
    )  # fmt: skip
    assert rows_listed(executive, f"/kpis/K01/transactions/?{MARCH}&part=numerator&facility=NORTH") == 1
    row = AuditRow.objects.get(act="measure_exported")
    assert (row.object_id, len(row.facility_ids)) == ("K01", 2)
    # The table of one facility would show what is withheld in that of all.
    assert executive.get(f"/kpis/K01/counts.csv?{MARCH}&facility=SOUTH").content == answer.content

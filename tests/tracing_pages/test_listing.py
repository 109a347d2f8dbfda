"""The list of transactions: filters as an address, pages by key, and no silent emptiness."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.build.claims import acked, denied, remitted, submitted
from tests.tracing_pages.conftest import Hospital, days
from tracing.models import Transaction
from tracing.views import listing

MOST_QUERIES = 14


def titles(page: str) -> list[str]:
    """Return the addresses of the rows, in order."""
    return re.findall(r'row-link nb" id="t-\d+" href="/transactions/([0-9a-f-]{36})/', page)


@pytest.fixture
def ids() -> Callable[[str], str]:
    def of(claim_amount: str) -> str:
        return str(Transaction.objects.get(amount=Decimal(claim_amount)).pk)

    return of


@pytest.fixture
def several(north: Hospital, at: datetime) -> None:
    north.told(
        submitted("ONWAY", at - days(1), amount="100"),
        submitted("LATE", at - days(20), amount="200"),
        submitted("FAILED", at - days(5), amount="300"),
        acked("FAILED", at - days(4), outcome="rejected", reason="A7:21:PR"),
        submitted("DENIED", at - days(8), amount="400"),
        denied("DENIED", at - days(7), amount="400"),
        submitted("OLD", at - days(300), amount="500"),
        remitted("OLD", at - days(290)),
    )


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("", ["100", "300", "400", "200"]),
        ("state=on_its_way", ["100"]),
        ("state=late", ["200"]),
        ("late=1", ["300", "400", "200"]),
        ("state=failed", ["300", "400"]),
        ("outcome=denied", ["400"]),
        ("outcome=rejected", ["300"]),
        ("workflow=claim&amount_from=150&amount_to=350", ["300", "200"]),
        ("workflow=charge", []),
        ("facility=NORTH", ["100", "300", "400", "200"]),
        ("connector=north-claims", ["100", "300", "400", "200"]),
        ("seen=all", ["100", "300", "400", "200", "500"]),
        ("seen=all&outcome=paid", ["500"]),
    ],
)
def test_filters(
    alice: Client, several: None, ids: Callable[[str], str], query: str, amounts: list[str]
) -> None:
    page = alice.get(f"/transactions/?{query}").content.decode()
    assert titles(page) == [ids(amount) for amount in amounts]


def test_a_window_of_days_is_the_facility_s_own(
    alice: Client, north: Hospital, ids: Callable[[str], str]
) -> None:
    # 03:30 UTC on the 2nd is still the evening of the 1st in Chicago.
    north.told(submitted("EVE", datetime.fromisoformat("2026-05-02T03:30:00+00:00"), amount="70"))
    for query, shown in (("seen_from=2026-05-01&seen_to=2026-05-01", 1), ("seen_from=2026-05-02", 0)):
        assert len(titles(alice.get(f"/transactions/?{query}").content.decode())) == shown


def test_what_lies_outside_the_window_is_said_and_one_step_away(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("OLD", at - days(300)))

    page = alice.get("/transactions/?workflow=claim").content.decode()

    assert "1 outside this window" in page
    widen = re.search(r'<a href="([^"]+)">Widen it', page)
    assert widen is not None
    address = widen.group(1).replace("&amp;", "&")
    assert address == "/transactions/?workflow=claim&seen=all"
    assert len(titles(alice.get(address).content.decode())) == 1


def test_a_filter_that_cannot_be_read_is_left_out_and_named(alice: Client, several: None) -> None:
    page = alice.get("/transactions/?workflow=no&amount_from=lots&seen_from=soon").content.decode()
    assert "Could not be read, so left out: Workflow, Seen from, Amount from." in page
    assert len(titles(page)) == 4


def test_pages_by_key_go_both_ways(
    alice: Client, north: Hospital, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    # Three of one moment: only the id tells their order.
    moments = [at - days(1), at - days(2), at - days(2), at - days(2), at - days(3)]
    north.told(*(submitted(f"P{n}", moment) for n, moment in enumerate(moments)))
    whole = [str(t.pk) for t in Transaction.objects.order_by("-first_at", "-id")]

    pages, address = [], "/transactions/"
    for _ in range(3):
        page = alice.get(address).content.decode()
        pages.append(titles(page))
        address = _link(page, "next")
    assert pages == [whole[:2], whole[2:4], whole[4:]]
    assert address == ""

    back = alice.get(_link(page, "prev")).content.decode()
    assert titles(back) == whole[2:4]
    first = alice.get(_link(back, "prev")).content.decode()
    assert titles(first) == whole[:2]
    assert _link(first, "prev") == ""


def _link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/transactions/?outcome=%00", 404),
        ("/kpis/K01/transactions/?part=%00", 404),
        ("/kpis/K01/transactions/?payer=%ff", 404),
        ("/transactions/?seen_to=9999-12-31", 200),
        ("/transactions/?seen_from=0001-01-01", 200),
    ],
)
def test_an_address_that_nobody_links_is_no_fault_of_ours(alice: Client, address: str, status: int) -> None:
    assert alice.get(address).status_code == status


def test_a_forged_place_is_the_beginning(alice: Client, several: None) -> None:
    page = alice.get("/transactions/?after=WyJ4Il0:forged").content.decode()
    assert "could not be read" in page
    assert len(titles(page)) == 4


def test_another_facility_s_rows_are_not_there(charlie: Client, several: None) -> None:
    for query in ("seen=all", "seen=all&facility=NORTH", "seen=all&connector=north-claims"):
        page = charlie.get(f"/transactions/?{query}").content.decode()
        assert titles(page) == []
        assert "North Hospital" not in page


def test_htmx_gets_the_results_alone(alice: Client, several: None) -> None:
    answer = alice.get("/transactions/", headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="results"')
    assert "HX-Request" in answer["Vary"]


@pytest.mark.usefixtures("several")
def test_query_count(alice: Client) -> None:
    alice.get("/transactions/")
    with CaptureQueriesContext(connection) as queries:
        alice.get("/transactions/")
    asked = [q["sql"] for q in queries if not re.match(r"SELECT set_config|SAVEPOINT|RELEASE", q["sql"])]
    assert len(asked) <= MOST_QUERIES, asked

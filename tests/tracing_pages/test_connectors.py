"""Connector pages: is it heard of, and what became of what it sent?"""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations import health
from integrations.models import ConnectorActivity, ConnectorCount, Credential, Heartbeat, InboxParked
from tests.build import build_connector
from tests.build.claims import event, submitted
from tests.tracing_pages.conftest import Hospital, days

AT = datetime.fromisoformat("2026-05-20T12:00:00+00:00")
MOST_QUERIES = 16


def figure(page: str, label: str) -> str:
    """Return what a figure of the page says."""
    found = re.search(rf"<dt>{label}</dt><dd>(.*?)(<small|</dd>)", page, re.S)
    assert found is not None, label
    return re.sub(r"<[^>]+>", "", found.group(1)).strip()


@pytest.mark.parametrize(
    ("silent_for", "per_hour", "state"),
    [
        (timedelta(hours=26), None, "reporting"),
        (timedelta(hours=27), None, "silent"),
        (timedelta(minutes=3), 60.0, "reporting"),
        (timedelta(minutes=6), 60.0, "silent"),
        (timedelta(hours=4), 0.5, "reporting"),
        (timedelta(minutes=4), 100_000.0, "reporting"),
    ],
)
def test_silence_is_judged_by_its_own_promise(
    silent_for: timedelta, per_hour: float | None, state: str
) -> None:
    assert health.state(retired_at=None, last_seen=AT - silent_for, per_hour=per_hour, at=AT) == state


def test_what_was_sent_is_accounted_for(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - days(1)), submitted("C2", at - days(1)))
    north.told(submitted("C1", at - days(1)))
    wrong = event("claim.submitted", {"claim_no": "C3"}, at - days(1))
    strange = event("nobody.knows", {"claim_no": "C3"}, at - days(1))
    north.told(wrong, strange, submitted("C4", at - days(1), patient_name="Zyxwold"))

    page = alice.get("/connectors/north-claims/").content.decode()

    assert figure(page, "Accepted") == "4"
    assert figure(page, "Rejected") == "2"
    assert figure(page, "Duplicates") == "1"
    assert "The data does not fit the schema of its contract." in page
    assert "There is no event contract of this type." in page
    assert "<code>patient_name</code>" in page
    assert "Zyxwold" not in page
    assert "2 of 6 items were rejected." in page
    assert figure(page, "Not applied yet") == "0"


def test_summed_and_unsummed_counts_are_added(alice: Client, north: Hospital, at: datetime) -> None:
    sender = north.poster.connector.pk
    ConnectorCount.objects.create(
        connector_id=sender, day=at.date(), kind="accepted", code="events", n=40, last_at=at
    )
    ConnectorActivity.objects.create(connector_id=sender, at=at, kind="accepted", code="events", n=2)
    ConnectorCount.objects.create(
        connector_id=sender, day=(at - days(8)).date(), kind="accepted", code="events", n=9, last_at=at
    )
    page = alice.get("/connectors/").content.decode()
    assert '<td class="r" data-label="Accepted">42</td>' in page


def test_what_waits_and_what_is_parked_shows(alice: Client, north: Hospital, at: datetime) -> None:
    assert north.poster.events([submitted("C1", at - days(1))]).status_code == 200
    InboxParked.objects.create(
        id="0198a1b0-0000-7000-8000-000000000001",
        received_at=at - days(2),
        parked_at=at - days(2),
        connector_id=north.poster.connector.pk,
        credential_id=1,
        signal="events",
        format=1,
        blob=b"",
        items=500,
        code="poison_batch",
    )
    page = alice.get("/connectors/north-claims/").content.decode()
    assert figure(page, "Not applied yet") == "1"
    assert "poison_batch" in page


def test_keys_show_their_prefix_and_whether_they_live(alice: Client, north: Hospital, at: datetime) -> None:
    Credential.objects.create(
        connector=north.poster.connector,
        prefix="oldprefix",
        secret_sha256=b"0" * 32,
        created_at=at - days(90),
        revoked_at=at - days(10),
    )
    page = alice.get("/connectors/north-claims/").content.decode()
    keys = page.split('aria-label="Keys"')[1].split("</table>")[0]
    prefix, _, secret = north.poster.key.partition(".")
    assert prefix in keys
    assert "Active" in keys
    assert "Revoked" in keys.split("oldprefix")[1]
    assert secret not in page


def test_a_silent_one_is_named(alice: Client, north: Hospital, at: datetime) -> None:
    Heartbeat.objects.create(
        connector_id=north.poster.connector.pk,
        stream="claims",
        at=at,
        received_at=at - timedelta(hours=2),
        expects_per_hour=60,
    )
    page = alice.get("/connectors/").content.decode()
    assert "One connector is silent: " in page
    assert "0 of 1 reporting" in page


def test_another_facility_s_connector_is_not_there(charlie: Client, north: Hospital) -> None:
    assert charlie.get("/connectors/north-claims/").status_code == 404
    assert "north-claims" not in charlie.get("/connectors/").content.decode()


def test_of_a_shared_connector_only_one_s_own_facilities_are_named(alice: Client) -> None:
    build_connector("clearinghouse", facilities=("NORTH", "SOUTH"))

    page = alice.get("/connectors/clearinghouse/").content.decode()

    assert "North Hospital" in page
    assert "South Hospital" not in page


@pytest.mark.parametrize("address", ["/connectors/", "/connectors/north-claims/"])
def test_query_count(alice: Client, north: Hospital, at: datetime, address: str) -> None:
    north.told(submitted("C1", at - days(1)))
    alice.get(address)
    with CaptureQueriesContext(connection) as queries:
        alice.get(address)
    asked = [q["sql"] for q in queries if not re.match(r"SELECT set_config|SAVEPOINT|RELEASE", q["sql"])]
    assert len(asked) <= MOST_QUERIES, asked


def test_a_facility_beyond_the_scope_is_not_named_by_a_connector_that_both_share(alice: Client) -> None:
    build_connector("shared", facilities=("SOUTH", "NORTH"))

    for page in (alice.get("/connectors/"), alice.get("/connectors/shared/")):
        assert b"another facility" in page.content
        assert b"South Hospital" not in page.content

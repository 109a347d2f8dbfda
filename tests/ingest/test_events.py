"""What becomes of business events: contract, facility, keys, and how they meet their transactions."""

import json
from datetime import timedelta
from typing import Any

import pytest

from integrations.ingest.records import Event
from integrations.models import Inbox
from observability.core import clock
from tests.build import build_facility, build_meaning
from tests.ingest.otlp_requests import event
from tests.ingest.posting import Poster, poster, stored

pytestmark = pytest.mark.django_db


def codes(response: object) -> list[str]:
    """Return the codes of the refused events."""
    return [one["code"] for one in json.loads(response.content)["rejected"]]  # type: ignore[attr-defined]


def test_it_works(post: Poster) -> None:
    response = post.events([event()])

    body = json.loads(response.content)
    assert (response.status_code, body["accepted"], body["rejected"]) == (200, 1, [])
    assert body["receipt"] == str(Inbox.objects.get().id)
    (record,) = stored(Event)
    assert (record.type, record.amount, record.basis) == ("charge.captured.v1", "10.00", "gross")
    assert [(key.kind, key.issuer) for key in record.keys] == [("charge", "@NORTH"), ("account", "@NORTH")]
    (binding,) = record.bindings
    assert (binding.workflow, binding.step, binding.effect) == ("charge", "captured", "completes")
    assert binding.direct is not None


def test_no_clear_identifier_is_stored(post: Poster) -> None:
    post.events([event(data={"charge_no": "SECRET-4711", "account_no": "ACCT-0815"})])

    blob = bytes(Inbox.objects.get().blob)
    assert b"SECRET" not in blob
    assert b"ACCT" not in blob


def test_the_same_number_of_two_facilities_is_two_transactions(post: Poster) -> None:
    south = poster("south-feed", facilities=("SOUTH",))

    post.events([event()])
    south.events([event()])

    first, second = stored(Event)
    assert first.bindings[0].direct != second.bindings[0].direct
    assert {key.token for key in first.keys}.isdisjoint(key.token for key in second.keys)


def test_the_message_names_its_facility_before_the_connector_does() -> None:
    both = poster("engine", facilities=("NORTH", "SOUTH"))
    south = build_facility("SOUTH")
    build_meaning("1999999984", "SOUTH")
    ids = [{"authority": "NPI", "code": "1999999984"}]

    both.events([event(data={"charge_no": "1", "facility": "NORTH", "facility_ids": ids})])

    assert [record.facility_id for record in stored(Event)] == [south.pk]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "charge.exploded.v1"}, "unknown_type"),
        ({"data": {"account_no": "A-1"}}, "schema_violation"),
        ({"data": {"charge_no": "C-1", "facility": "NOWHERE"}}, "unknown_facility"),
        ({"data": {"charge_no": "C-1", "facility": "SOUTH"}}, "facility_not_granted"),
        ({"data": {"charge_no": " "}}, "invalid_key"),
        ({"time": "1812-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"time": "2999-01-01T00:00:00Z"}, "time_out_of_range"),
        ({"time": "yesterday"}, "invalid_time"),
    ],
)
def test_a_bad_event_falls_alone(post: Poster, said: dict[str, Any], code: str) -> None:
    build_facility("SOUTH")

    response = post.events([event(n=1), event(n=2, **said), event(n=3)])

    assert (response.status_code, codes(response)) == (200, [code])
    assert len(stored(Event)) == 2
    assert Inbox.objects.get().rejected == {code: 1}


def test_what_a_facility_made_this_moment_sends_is_taken(post: Poster) -> None:
    post.events([event(n=1)])  # this process now remembers which facilities there are

    response = poster("new-feed", facilities=("WEST",)).events([event(n=2)])

    assert (response.status_code, codes(response)) == (200, [])


def test_what_no_contract_names_is_dropped_and_counted(post: Poster) -> None:
    post.events([event(data={"charge_no": "C-1", "patient_name": "Doe", "note": "x"})])

    assert Inbox.objects.get().dropped == {"note": 1, "patient_name": 1}


def test_a_day_may_be_announced_where_a_clock_may_not(post: Poster) -> None:
    def ahead(days: int) -> str:
        return f"{clock.now() + timedelta(days=days):%Y-%m-%d}T00:00:00Z"

    payment = {"charge_no": "C-1", "date_only": True}
    said = [(5, payment), (5, {"charge_no": "C-2"}), (12, payment)]
    told = [event(n=n, time=ahead(days), data=data) for n, (days, data) in enumerate(said)]

    assert codes(post.events(told)) == ["time_out_of_range"] * 2
    assert [record.flags for record in stored(Event)] == [()]


def test_a_day_begins_at_midnight_of_the_facility(post: Poster) -> None:
    post.events([event(time="2026-03-02T00:00:00Z", data={"charge_no": "C-1", "date_only": True})])

    (record,) = stored(Event)
    assert record.occurred_at == 1_772_431_200_000_000  # 2026-03-02 06:00 UTC: Chicago


def test_a_clock_without_a_zone_is_the_facilitys(post: Poster) -> None:
    post.events([event(time="2026-03-02T00:30:00Z", data={"charge_no": "C-1", "local_time": True})])

    (record,) = stored(Event)
    assert record.occurred_at == 1_772_433_000_000_000  # 2026-03-02 06:30 UTC: half past midnight in Chicago


def test_an_effect_whose_keys_are_absent_does_not_wait_for_them(post: Poster) -> None:
    claim = {"claim_no": "C1", "payer_sequence": "P", "issuer": "npi:1", "frequency": "1", "amount": "5"}
    post.events(
        [
            event("claim.submitted.v1", data=claim),
            event("claim.submitted.v1", 2, data=claim | {"account_no": "A"}),
        ]
    )

    without, with_account = stored(Event)
    assert [b.workflow for b in without.bindings] == ["claim"]
    assert [b.workflow for b in with_account.bindings] == ["claim", "discharge_to_billing"]

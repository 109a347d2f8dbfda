"""What the demonstration says: the same every time, as its contracts ask, in believable proportions."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from integrations.catalogue.contracts import contracts
from observability.demo.days import day_sayings
from observability.demo.history import DAYS, days_back
from observability.demo.moments import DAY, HOUR
from observability.demo.network import CONNECTORS, OWN_WORDS, PAYERS, PLACES
from observability.demo.posting import BATCH, requests_of
from observability.demo.saying import EVENT, GAUGE, SPAN, Said
from observability.demo.story import DENYING, DOWN_AT, REFUSED_AT, Story
from tests.demo.conftest import NOW, history

CONTRACTUAL = {"45"}
PATIENT = {"1", "2", "3"}
SECOND_PAYER_SHARE = {"23"}


def events(told: list[Said], kind: str) -> list[dict[str, Any]]:
    return [said.body["data"] for said in told if said.kind == EVENT and said.body["type"] == kind]


def first_decisions(told: list[Said]) -> list[dict[str, Any]]:
    """The first adjudication of each original primary claim."""
    firsts: dict[str, tuple[tuple[str, int], dict[str, Any]]] = {}
    for said in told:
        if said.kind == EVENT and said.body["type"] == "remit.received.v1":
            data, at = said.body["data"], (said.body["time"], said.body["data"]["sequence"])
            known = firsts.get(data["claim_no"])
            if data.get("payer_sequence") != "S" and (known is None or at < known[0]):
                firsts[data["claim_no"]] = (at, data)
    return [data for _, data in firsts.values()]


def denied(data: dict[str, Any]) -> Decimal:
    reasons = CONTRACTUAL | PATIENT | SECOND_PAYER_SHARE
    lines = [line for line in data["lines"] if line["basis"] == "adjustment" and line["code"] not in reasons]
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


def is_denial(data: dict[str, Any]) -> bool:
    return Decimal(data["paid"]) == 0 and denied(data) > 0


def test_it_is_about_a_hundred_thousand_items_of_every_kind(told: list[Said]) -> None:
    kinds = Counter(said.kind for said in told)

    assert 90_000 < len(told) < 115_000
    assert kinds[EVENT] > 80_000
    assert kinds[SPAN] > 7_000
    assert kinds[GAUGE] > 2_500


def test_the_same_start_tells_exactly_the_same(told: list[Said]) -> None:
    assert history() == told


def test_a_later_start_of_the_same_story_only_adds(told: list[Said]) -> None:
    later = [
        said
        for day in days_back(NOW, 0, DAYS)
        for said in day_sayings(day, Story(NOW))
        if said.at <= NOW + DAY
    ]

    assert len(later) > len(told)
    assert [said for said in later if said.at <= NOW] == told


def test_another_first_start_changes_no_event_that_has_the_same_id(told: list[Said]) -> None:
    """The note of the first start can be lost: what is then told again must be a duplicate, no conflict."""
    before = {said.body["id"]: said.body for said in told if said.kind == EVENT}
    again = {said.body["id"]: said.body for said in history(NOW + 2 * HOUR) if said.kind == EVENT}

    same = [name for name in before.keys() & again.keys() if before[name] == again[name]]
    assert len(same) / len(before) > 0.99


def test_no_id_comes_twice(told: list[Said]) -> None:
    said = Counter((one.body["source"], one.body["id"]) for one in told if one.kind == EVENT)
    spans = Counter((one.body["traceId"], one.body["spanId"]) for one in told if one.kind == SPAN)

    assert said.most_common(1)[0][1] == 1
    assert spans.most_common(1)[0][1] == 1


def test_every_event_keeps_its_contract(told: list[Said]) -> None:
    known = contracts()
    broken = [
        said.body
        for said in told
        if said.kind == EVENT and not known[said.body["type"]].is_valid(said.body["data"])
    ]
    unknown = {
        name
        for said in told
        if said.kind == EVENT
        for name in said.body["data"].keys() - known[said.body["type"]].known
    }

    assert broken == []
    assert unknown == set()


def test_it_names_only_facilities_payers_and_connectors_that_there_are(told: list[Said]) -> None:
    data = [said.body["data"] for said in told if said.kind == EVENT]
    places = {place.code for place in PLACES} | {place.npi for place in PLACES}
    named = {one["facility"] for one in data if "facility" in one}
    named |= {name["code"] for one in data for name in one.get("facility_ids", ())}

    assert named == places
    own = {word for words in OWN_WORDS.values() for word in words["payer"].values()}
    assert {one["payer"] for one in data if "payer" in one} == {payer.code for payer in PAYERS} | own
    assert {said.connector for said in told} == set(CONNECTORS)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def test_nothing_in_it_looks_like_the_number_of_a_person(told: list[Said]) -> None:
    social = re.compile(r"(?<![\w./-])\d{3}-?\d{2}-?\d{4}(?![\w.-])")
    provider = re.compile(r"(?<!\w)[12]\d{9}(?!\w)")  # how real provider numbers begin
    said = {text for one in told if one.kind == EVENT for text in strings(one.body["data"])}

    assert [text for text in said if social.search(text) or provider.search(text)] == []


def test_remittances_balance_to_the_cent(told: list[Said]) -> None:
    for data in events(told, "remit.received.v1"):
        taken = sum(Decimal(line["amount"]) for line in data["lines"] if line["basis"] == "adjustment")
        assert Decimal(data["billed"]) - Decimal(data["paid"]) == taken
        assert "flags" not in data


def test_about_one_claim_in_eight_is_denied_at_first(told: list[Said]) -> None:
    firsts = first_decisions(told)

    assert 0.10 < sum(map(is_denial, firsts)) / len(firsts) < 0.15


def test_one_payer_denies_for_authorization_since_ten_days(told: list[Said]) -> None:
    since = Story(NOW).authorization_from

    def share(payer: str, *, before: bool) -> float:
        day = f"{days_back(since, 0, 1)[0]}"
        found = [
            data
            for data in first_decisions(told)
            if data["payer"] == payer and (data["payment_date"] < day) == before
        ]
        refused = [data for data in found if any(line.get("code") == "197" for line in data["lines"])]
        return len(refused) / len(found)

    assert share(DENYING, before=False) > 0.25
    assert share(DENYING, before=True) < 0.06
    assert share("BLUERIDGE", before=False) < 0.06


def test_reasons_for_denials_are_mixed(told: list[Said]) -> None:
    reasons = Counter(
        line["code"]
        for data in first_decisions(told)
        if is_denial(data)
        for line in data["lines"]
        if line["basis"] == "adjustment"
    )
    assert len(reasons) >= 9
    assert reasons["197"] > reasons["18"] > 0


def test_claims_are_rejected_replaced_voided_taken_back_and_sent_to_second_payers(told: list[Said]) -> None:
    sent = Counter(data["frequency"] for data in events(told, "claim.submitted.v1"))
    acks = Counter(
        data["outcome"] for data in events(told, "claim.acked.v1") if data.get("status_entity") == "payer"
    )
    statuses = Counter(data["claim_status"] for data in events(told, "remit.received.v1"))

    assert sent["7"] > 50
    assert sent["8"] > 15
    assert 0.02 < acks["rejected"] / acks.total() < 0.05
    assert statuses["22"] > 3
    assert statuses["4"] > 20
    assert statuses["2"] > 50


def test_millbrook_posts_no_charge_captured_since_twelve_past_three_last_night(told: list[Said]) -> None:
    story = Story(NOW)
    since = [
        said.body["data"]["charge_no"]
        for said in told
        if said.kind == EVENT
        and said.body["type"] == "charge.captured.v1"
        and said.body["data"]["facility"] == DOWN_AT
        and said.at >= story.down_since
    ]
    posted = [
        data["charge_no"]
        for data in events(told, "charge.posted.v1")
        if data["facility"] == DOWN_AT and data["outcome"] == "posted"
    ]

    assert len(since) > 20
    assert set(since).isdisjoint(posted)
    assert Story(NOW).down_since == NOW - (9 * HOUR + 48 * 60)  # 03:12 in New York is 08:12 UTC


@pytest.mark.parametrize("hours", range(24))
def test_the_interface_has_been_down_for_three_to_twenty_seven_hours_at_any_first_start(hours: int) -> None:
    began = NOW + hours * HOUR

    assert 3 * HOUR <= began - Story(began).down_since <= 27 * HOUR


def test_one_set_of_claims_was_refused_as_a_whole_and_answers_no_claim(told: list[Said]) -> None:
    refused = [data for data in events(told, "claim.acked.v1") if data["level"] == "999" and "reason" in data]
    assert [data["facility"] for data in refused] == [REFUSED_AT]
    (name,) = [data["set"] for data in refused]
    sent = Counter(data["claim_no"] for data in events(told, "claim.submitted.v1"))
    inside = {data["claim_no"] for data in events(told, "claim.submitted.v1") if data.get("set") == name}
    sent_once = {number for number in inside if sent[number] == 1}
    answered = {data["claim_no"] for data in events(told, "claim.acked.v1") if "claim_no" in data}

    assert len(sent_once) > 50
    assert sent_once.isdisjoint(answered)


def test_traces_of_events_are_the_traces_of_spans(told: list[Said]) -> None:
    spans = {said.body["traceId"] for said in told if said.kind == SPAN}
    charges = [
        said.body["traceparent"].split("-")[1]
        for said in told
        if said.kind == EVENT and "traceparent" in said.body and said.body["type"] == "charge.captured.v1"
    ]

    assert len(charges) > 1500
    assert set(charges) <= spans


def test_requests_hold_one_connector_and_at_most_a_batch(told: list[Said]) -> None:
    part = told[:5_000]
    requests = list(requests_of(part))

    assert sum(request.items for request in requests) == len(part)
    assert all(request.items <= BATCH for request in requests)
    assert all(msgspec.json.decode(request.body) for request in requests)

"""999, TA1 and 277CA: whose outcome an acknowledgement decides, and whose it does not."""

import pytest

from tests.adapters.files import FIXTURES, fixture, interchange, read_bytes

CA = ("BHT*0085*08*X*20260303*0700*TH", "HL*1**20*1", "NM1*PR*2*PLAN*****PI*PAY1")
LEVELS = (
    "HL*2*1*21*1",
    "NM1*41*2*S*****46*SUB1",
    "TRN*2*B1",
    "HL*3*2*19*1",
    "NM1*85*2*C*****XX*19",
    "HL*4*3*PT",
)


def status(*stc: str) -> tuple[object, object]:
    data = interchange(*CA, *LEVELS, "TRN*2*C1", *stc, kind="HN", set_type="277", version="005010X214")
    (event,) = read_bytes(data).events
    return event.data["outcome"], event.data["reason"]


def test_each_set_of_a_999_has_its_result() -> None:
    said = {e.data["set"]: e.data for e in fixture("acks.x12").events if e.data["level"] == "999"}
    assert {name: data["outcome"] for name, data in said.items()} == {
        "LAKESIDE/101/0001": "accepted",
        "LAKESIDE/101/0002": "accepted_with_errors",
        "LAKESIDE/101/0003": "rejected",
        "LAKESIDE/102": "rejected",
    }
    assert said["LAKESIDE/101/0002"]["error_at"] == "CLM/22/5"
    assert said["LAKESIDE/101/0003"]["reason"] == "R:I5"


def test_a_999_names_the_set_exactly_as_the_claim_did() -> None:
    claim = fixture("837p_5010.x12").claim("LS-1001").data
    acks = fixture("acks.x12").events
    assert claim["set"] in {event.data.get("set") for event in acks}
    assert claim["interchange"] in {event.data.get("interchange") for event in acks}


def test_the_value_in_error_is_never_quoted() -> None:
    said = str([event.data for event in fixture("acks.x12").events])
    assert "LS-9" not in said


def test_a_ta1_speaks_of_the_interchange_it_answers() -> None:
    said = [event.data for event in fixture("acks.x12").events if event.data["level"] == "TA1"]
    assert [(d["interchange"], d["outcome"], d.get("reason")) for d in said] == [
        ("LAKESIDE/000000101", "accepted", None),
        ("LAKESIDE/000000100", "rejected", "R:025"),
    ]


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_every_way_to_reject_a_set_rejects_it(code: str) -> None:
    data = interchange(
        "AK1*HC*1", "AK2*837*0001", f"IK5*{code}", kind="FA", set_type="999", version="005010X231A1"
    )
    assert [event.data["outcome"] for event in read_bytes(data).events] == ["rejected"]


def sets_of(*segments: str) -> list[tuple[object, object]]:
    read = read_bytes(interchange("AK1*HC*1", *segments, kind="FA", set_type="999", version="005010X231A1"))
    return [(event.data["set"], event.data["outcome"]) for event in read.events]


@pytest.mark.parametrize("code", ["R", "M", "W", "X"])
def test_a_rejected_group_rejects_all_its_sets_listed_or_not(code: str) -> None:
    listed = ("AK2*837*0001", "IK5*A")
    assert sets_of(*listed, f"AK9*{code}*3*3*0") == [
        ("RECEIVER/1/0001", "accepted"),
        ("RECEIVER/1", "rejected"),
    ]


def test_a_rejected_group_says_nothing_beside_its_rejected_sets() -> None:
    assert sets_of("AK2*837*0001", "IK5*R*5", "AK9*R*1*1*0") == [("RECEIVER/1/0001", "rejected")]
    assert len(sets_of("AK2*837*0001", "IK5*R*5", "AK9*P*3*3*2")) == 1  # two others are not rejected


def test_a_partly_accepted_group_without_its_sets_is_only_received() -> None:
    data = interchange("AK1*HC*1", "AK9*P*3*3*2", kind="FA", set_type="999", version="005010X231A1")
    assert [event.data["outcome"] for event in read_bytes(data).events] == ["received"]


def test_a_997_is_read_like_a_999() -> None:
    data = interchange(
        "AK1*HC*1", "AK2*837*0001", "AK5*E*5", "AK9*E*1*1*1", kind="FA", set_type="997", version=""
    )
    (event,) = read_bytes(data).events
    assert (event.data["outcome"], event.data["set"]) == ("accepted_with_errors", "RECEIVER/1/0001")


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        ("A0", "pending"),
        ("A1", "received"),
        ("A2", "accepted"),
        ("A3", "rejected"),
        ("A4", "pending"),
        ("A5", "accepted"),
        ("A6", "rejected"),
        ("A7", "rejected"),
        ("A8", "rejected"),
    ],
)
def test_each_status_category_counts_as_it_should(category: str, outcome: str) -> None:
    assert status(f"STC*{category}:20:PR*20260303") == (outcome, f"{category}:20:PR")


def test_of_several_statuses_the_rejecting_one_decides() -> None:
    assert status("STC*A1:19*20260301", "STC*A2:20*20260302", "STC*A7:21:IL*20260303*U") == (
        "rejected",
        "A7:21:IL",
    )
    assert status("STC*A1:19*20260301*WQ*10******A6:562:85") == ("rejected", "A6:562:85")


def test_received_then_accepted_is_accepted_on_the_day_of_acceptance() -> None:
    said = fixture("277ca.x12").claim("LS-1001")
    assert (said.data["outcome"], said.time) == ("accepted", "2026-03-03T00:00:00Z")


def test_a_rejected_line_does_not_reject_its_claim() -> None:
    said = fixture("277ca.x12").claim("LS-1003").data
    assert said["outcome"] == "accepted"
    assert said["lines"] == [{"line": "LN-1", "basis": "acknowledged", "amount": "90", "code": "A7:454:85"}]


def test_without_stc02_the_time_is_that_of_the_file() -> None:
    assert fixture("277ca.x12").claim("LS-1003").time == "2026-03-03T07:00:00Z"


def test_batch_and_provider_statuses_are_no_events_beside_claims() -> None:
    read = fixture("277ca.x12")
    assert all(event.data["claim_no"].startswith("LS-") for event in read.events)
    assert len(read.events) == 8
    assert (39, "batch_rejected") in read.codes


def test_an_answer_to_a_whole_batch_names_it_by_the_days_it_may_have_been_sent() -> None:
    claim = fixture("837p_5010.x12").claim("LS-1001").data
    provider, batch, other = (event.data for event in fixture("277ca_batch.x12").events)
    assert (provider["whole"], provider["outcome"]) == ("provider", "rejected")
    assert provider["answers_day_before"] == claim["provider_batch_sent"]
    assert (batch["whole"], batch["outcome"]) == ("batch", "received")
    assert batch["answers_day_before"] == claim["batch_sent"]
    assert (other["outcome"], other["reason"]) == ("rejected", "A8:496:41")


def test_on_one_day_the_word_on_more_comes_before_the_word_on_less() -> None:
    provider, batch, _ = (event.data["sequence"] for event in fixture("277ca_batch.x12").events)
    assert batch < provider < 300


def test_what_a_batch_answer_cannot_be_attached_to_is_told() -> None:
    assert fixture("277ca_batch.x12").errors == [
        (43, "ack_incomplete"),
        (38, "batch_unnamed"),
        (47, "batch_unnamed"),
    ]


def test_the_parts_of_a_rejected_batch_are_not_answered_again() -> None:
    both = (*LEVELS[:3], "STC*A3:24:41*20260303", *LEVELS[3:5], "STC*A3:24:85*20260303")
    data = interchange(
        CA[0], CA[1], "DTP*050*D8*20260302", CA[2], *both, kind="HN", set_type="277", version="005010X214"
    )
    assert [event.data["whole"] for event in read_bytes(data).events] == ["batch"]


def test_a_batch_is_not_answered_where_its_set_breaks_off() -> None:
    whole = (FIXTURES / "277ca_batch.x12").read_bytes()
    assert read_bytes(whole[: whole.index(b"SE*16")]).events == []


def test_the_clearinghouse_and_the_payer_are_kept_apart() -> None:
    read = fixture("277ca.x12")
    first, third = read.claim("LS-1001").data, read.claim("LS-1003").data
    assert (first["status_entity"], first["sequence"]) == ("clearinghouse", 300)
    assert (third["status_entity"], third["sequence"]) == ("payer", 310)
    assert third["payer_claim_control"] == "NM-ICN-3"


def test_an_acknowledgement_names_the_batch_and_issuer_of_its_claim() -> None:
    claim = fixture("837p_5010.x12").claim("LS-1001").data
    said = fixture("277ca.x12").claim("LS-1001").data
    for field in ("claim_no", "issuer", "batch", "submitter"):
        assert said[field] == claim[field]


def test_a_status_without_a_readable_date_is_told_and_not_sent() -> None:
    read = fixture("277ca.x12")
    assert read.errors == [(52, "date_unreadable"), (53, "status_missing")]
    assert "LS-2006" not in {event.data["claim_no"] for event in read.events}


def test_a_claim_status_response_is_no_acknowledgement() -> None:
    data = interchange(
        *CA, *LEVELS, "TRN*2*C1", "STC*A2:20*20260303", kind="HN", set_type="277", version="005010X212"
    )
    assert read_bytes(data).codes == [(3, "set_type_not_read")]

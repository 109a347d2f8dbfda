"""Posting: what is sent, when it is tried again, what the server's answer means."""

from datetime import UTC, datetime

import pytest
import requests

from integrations.adapters.post import ATTEMPTS, LONGEST_WAIT_SECONDS, Poster, PostingStoppedError
from tests.adapters.server import FarEnd, event, taken

EVENTS = [event(number) for number in range(4)]


def test_a_batch_goes_as_gzipped_cloudevents_with_the_key() -> None:
    end = FarEnd()
    answer = end.poster().send(EVENTS)
    (sent,) = end.posts
    assert sent.url == "https://throughline.example/api/v1/events"
    assert sent.headers["Authorization"] == "Bearer abc.secret"
    assert sent.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert sent.headers["Content-Encoding"] == "gzip"
    assert [item["id"] for item in end.batches[0]] == ["id-0", "id-1", "id-2", "id-3"]
    assert end.batches[0][0] == EVENTS[0].cloudevent()
    assert (answer.accepted, answer.rejected, answer.receipts) == (4, (), ("r-1",))


def test_nothing_is_posted_for_nothing() -> None:
    end = FarEnd()
    assert end.poster().send([]).accepted == 0
    assert end.posts == []


def test_rejected_items_come_back_with_their_event() -> None:
    no = {"index": 2, "event_id": "id-2", "code": "unknown_facility", "detail": "no facility X"}
    answer = FarEnd([taken(3, no)]).poster().send(EVENTS)
    assert answer.accepted == 3
    (rejection,) = answer.rejected
    assert (rejection.event, rejection.code, rejection.detail) == (
        EVENTS[2],
        "unknown_facility",
        "no facility X",
    )


def test_a_batch_of_only_invalid_events_is_an_answer_not_a_failure() -> None:
    no = [{"index": index, "code": "schema", "detail": None} for index in range(4)]
    answer = FarEnd([taken(0, *no)]).poster().send(EVENTS)
    assert (answer.accepted, len(answer.rejected)) == (0, 4)


def test_rejections_that_are_only_counted_are_not_lost() -> None:
    body = {"accepted": 0, "rejected": [{"index": 0, "code": "schema"}], "rejected_count": 4}
    answer = FarEnd([(422, {}, body)]).poster().send(EVENTS)
    assert (len(answer.rejected), answer.unlisted) == (1, 3)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later_means_later(status: int) -> None:
    end = FarEnd([(status, {"Retry-After": "7"}, {}), (status, {}, {})])
    assert end.poster().send(EVENTS).accepted == 4
    assert end.waited == [7.0, 1.0]
    assert end.batches[0] == end.batches[2]


def test_retry_after_may_be_a_date() -> None:
    end = FarEnd([(503, {"Retry-After": "Mon, 02 Mar 2026 09:00:30 GMT"}, {})])
    end.poster(now=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC)).send(EVENTS)
    assert end.waited == [30.0]


@pytest.mark.parametrize("said", ["soon", "", "²", "-5"])
def test_a_retry_after_that_says_nothing_is_not_followed(said: str) -> None:
    end = FarEnd([(503, {"Retry-After": said}, {})])
    end.poster().send(EVENTS)
    assert end.waited == [0.5]


def test_no_wait_is_endless_and_no_trying_either() -> None:
    end = FarEnd([(503, {"Retry-After": "999999"}, {})] * ATTEMPTS)
    with pytest.raises(PostingStoppedError, match="status 503"):
        end.poster().send(EVENTS)
    assert len(end.posts) == ATTEMPTS
    assert end.waited == [LONGEST_WAIT_SECONDS] * (ATTEMPTS - 1)


def test_a_lost_connection_is_tried_again() -> None:
    end = FarEnd([requests.ConnectionError("gone"), requests.Timeout("slow")])
    assert end.poster().send(EVENTS).accepted == 4
    assert end.waited == [0.5, 1.0]


def test_too_large_is_halved_until_it_fits() -> None:
    end = FarEnd([(413, {}, {}), lambda batch: (413, {}, {}), lambda batch: taken(len(batch))])
    answer = end.poster().send(EVENTS)
    assert answer.accepted == 4
    assert [len(batch) for batch in end.batches] == [4, 2, 1, 1, 2]


def test_one_event_that_is_too_large_alone_is_rejected_and_the_rest_goes() -> None:
    end = FarEnd([(413, {}, {})] * 3)
    answer = end.poster().send(EVENTS)
    assert [(r.event, r.code) for r in answer.rejected] == [(EVENTS[0], "too_large")]
    assert answer.accepted == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "key is not accepted"),
        (403, "may not post"),
        (404, "no such address"),
        (500, "refused"),
        (302, "refused"),
    ],
)
def test_what_trying_again_would_not_mend_stops_the_run(status: int, words: str) -> None:
    end = FarEnd([(status, {}, {"code": "some_code"})])
    with pytest.raises(PostingStoppedError, match=words) as stopped:
        end.poster().send(EVENTS)
    assert "some_code" in str(stopped.value)
    assert len(end.posts) == 1


@pytest.mark.parametrize("body", ["text", [], {"rejected": [{"index": 9, "code": "x"}]}, {"rejected": [{}]}])
def test_an_answer_that_is_not_understood_stops_the_run(body: object) -> None:
    with pytest.raises(PostingStoppedError, match="not understood"):
        FarEnd([(200, {}, body)]).poster().send(EVENTS)


def test_an_address_that_is_none_is_told_before_anything_is_read() -> None:
    with pytest.raises(PostingStoppedError, match="no http or https address"):
        Poster("throughline.example", "k")

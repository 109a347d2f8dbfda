"""Spans with `throughline.*` attributes are steps of a workflow, beside being spans."""

from typing import Any

import pytest

from integrations.ingest.records import Event, Gauge, Span
from integrations.models import Inbox
from tests.build import build_facility
from tests.ingest.otlp_requests import event, gauge, logs, traces
from tests.ingest.posting import PROTOBUF, Poster, stored

pytestmark = pytest.mark.django_db

STEP = {"throughline.workflow": "charge", "throughline.step": "posted", "throughline.key.charge": "C-1"}


def step(**said: Any) -> dict[str, Any]:
    """Return a step-bearing span; names are given without their prefix, `__` for a dot."""
    named = {"throughline." + name.replace("__", "."): value for name, value in said.items()}
    return {"attributes": STEP | named}


def test_a_step_is_an_event_beside_its_span(post: Poster) -> None:
    post.otlp("traces", traces(step(amount=412.5, basis="gross", department="Emergency", attempt=2)))

    (said,), (span,) = stored(Event), stored(Span)
    assert (said.event_id, said.trace_id) == (span.event_id, span.trace_id)
    assert (said.amount, said.basis, said.department) == ("412.5", "gross", "Emergency")
    assert said.attributes == {"attempt": "2"}
    assert span.attributes == {}
    assert Inbox.objects.get().items == 1  # one span was sent, whatever became of it


def test_a_step_meets_the_transaction_that_an_event_of_the_same_key_names(post: Poster) -> None:
    post.events([event(data={"charge_no": "c-1"})])
    post.otlp("traces", traces(step()))
    captured, posted = stored(Event)
    assert captured.bindings[0].direct == posted.bindings[0].direct


def test_a_step_without_its_own_key_looks_for_others(post: Poster) -> None:
    attributes = {
        "throughline.workflow": "charge",
        "throughline.step": "posted",
        "throughline.key.account": "A",
    }
    post.otlp("traces", traces({"attributes": attributes}))
    (binding,) = stored(Event)[0].bindings
    assert (binding.direct, len(binding.via), binding.mode) == (None, 1, "one")


@pytest.mark.parametrize(
    ("outcome", "code", "effect"),
    [(None, 0, "completes"), (None, 2, "fails"), ("rejected", 0, "fails"), ("pending", 0, "feeds"),
     ("voided", 0, "cancels"), ("reversed", 0, "reverses"), ("posted", 2, "completes")],
)  # fmt: skip
def test_the_effect_follows_outcome_then_status(
    post: Poster, outcome: str | None, code: int, effect: str
) -> None:
    span = step(**({"outcome": outcome} if outcome else {})) | {"status": {"code": code}}
    post.otlp("traces", traces(span))
    assert stored(Event)[0].bindings[0].effect == effect


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"facility": "NOWHERE"}, "unknown_facility"),
        ({"facility": "SOUTH"}, "facility_not_granted"),
        ({"currency": "EUR"}, "unknown_currency"),
        ({"workflow": "nobody_follows_this"}, "unknown_step"),
        ({"step": "nobody_takes_this"}, "unknown_step"),
        ({"amount": "ten"}, "invalid_amount"),
        ({"amount": "1.00005"}, "invalid_amount"),  # stored, it would be another amount
        ({"step": "Not A Step"}, "invalid_step"),
        ({"key__passport": "1"}, "unknown_key_kind"),
        ({"kind": "interchange", "key__interchange": "X1"}, "kind_of_no_facility"),
        ({"key__charge": "   "}, "invalid_key"),
        ({"sequence": "x"}, "invalid_sequence"),
        ({"observed_at": "now"}, "invalid_observed_at"),
        ({"observed_at": "0001-01-01T00:00:00+14:00"}, "time_out_of_range"),
    ],
)
def test_a_bad_step_falls_with_its_span(post: Poster, said: dict[str, Any], code: str) -> None:
    build_facility("SOUTH")
    post.otlp("traces", traces({}, step(**said)))
    assert Inbox.objects.get().rejected == {code: 1}
    assert (len(stored(Span)), stored(Event)) == (1, [])


def test_what_a_resource_says_holds_for_its_steps(post: Poster) -> None:
    post.otlp("traces", traces(step(), {}, resource={"throughline.interface": "adt-in"}))
    assert [said.interface for said in stored(Event)] == ["adt-in"]


def test_an_error_is_kept_as_template_class_and_fingerprint(post: Poster) -> None:
    span: dict[str, Any] = {"status": {"code": 2, "message": "Jane Roe 078-05-1120: connection refused"}}
    post.otlp("traces", traces(span), PROTOBUF)
    (kept,) = stored(Span)
    assert kept.message == "connection refused"
    assert len(kept.attributes["error.fingerprint"]) == 16
    assert b"Jane" not in bytes(Inbox.objects.get().blob)


def test_a_log_line_is_kept_with_its_trace_and_twice_where_it_was_said_twice(post: Poster) -> None:
    at = 1_772_452_800_000_000_000
    said = {"body": "timed out", "severity_number": 17, "time_unix_nano": at}
    request = logs(dict(said), dict(said), {"trace_id": b"", "body": "no trace"})
    post.otlp("logs", request)
    post.otlp("logs", request)
    ids = [line.event_id for line in stored(Span)]
    assert (len(ids), len(set(ids))) == (4, 2)
    assert {line.message for line in stored(Span)} == {"timed out"}
    assert Inbox.objects.first().dropped == {"log_without_trace": 1}  # type: ignore[union-attr]


def test_a_declared_gauge_is_kept_and_another_metric_counted(post: Poster) -> None:
    post.otlp("metrics", gauge({"as_int": 7}))
    post.otlp("metrics", gauge({"as_int": 7}, name="jvm.threads"))
    assert [(sample.name, sample.value) for sample in stored(Gauge)] == [("queue_depth", 7.0)]

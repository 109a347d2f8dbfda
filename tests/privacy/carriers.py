"""Everything that can carry a value into the product, as one function of a value each."""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.http import HttpResponse

from tests.ingest.otlp_requests import attribute, event, gauge, logs, now_ns, traces
from tests.ingest.posting import Poster, otlp_json

Carry = Callable[[Poster, list[str]], HttpResponse]
_number = count(1)


def _spans(make: Callable[[str], dict[str, Any]], json: bool = False) -> Carry:
    def carry(post: Poster, values: list[str]) -> HttpResponse:
        spans = [make(value) | {"span_id": next(_number).to_bytes(8, "big")} for value in values]
        message = traces(*spans)
        return (
            post.otlp("traces", otlp_json(message), "application/json")
            if json
            else post.otlp("traces", message)
        )

    return carry


def _step(value: str, **more: str) -> dict[str, Any]:
    said = {"workflow": "charge", "step": "captured", "key.charge": f"C-{next(_number)}"} | more
    return {"attributes": {f"throughline.{name}": text for name, text in said.items()}}


def _resource(post: Poster, values: list[str]) -> HttpResponse:
    names = {f"patient.attribute.{n}": value for n, value in enumerate(values)}
    fields = {"span_id": next(_number).to_bytes(8, "big")}
    return post.otlp("traces", traces(fields, resource={"service.name": "ehr"} | names))


def _span_event(post: Poster, values: list[str]) -> HttpResponse:
    message = traces(*({"span_id": next(_number).to_bytes(8, "big")} for _ in values))
    for span, value in zip(message.resource_spans[0].scope_spans[0].spans, values, strict=True):
        raised = span.events.add(name=value, time_unix_nano=now_ns())
        for name in ("exception.message", "exception.stacktrace", "exception.type", "patient"):
            raised.attributes.append(attribute(name, value))
        link = span.links.add(trace_id=bytes(16), span_id=bytes(8), trace_state=f"x={value}")
        link.attributes.append(attribute("patient", value))
    return post.otlp("traces", message)


def _status(post: Poster, values: list[str]) -> HttpResponse:
    message = traces(*({"span_id": next(_number).to_bytes(8, "big")} for _ in values))
    for span, value in zip(message.resource_spans[0].scope_spans[0].spans, values, strict=True):
        span.status.code, span.status.message = 2, value
    return post.otlp("traces", message)


def _scope(post: Poster, values: list[str]) -> HttpResponse:
    message = traces({"span_id": next(_number).to_bytes(8, "big")})
    for value in values:
        scope = message.resource_spans[0].scope_spans.add()
        scope.scope.name, scope.scope.version = value, value
        scope.scope.attributes.append(attribute("patient", value))
    return post.otlp("traces", message)


def _logs(post: Poster, values: list[str]) -> HttpResponse:
    message = logs(*({"body": value, "severity_text": value} for value in values))
    for record, value in zip(message.resource_logs[0].scope_logs[0].log_records, values, strict=True):
        record.attributes.append(attribute("exception.message", value))
        record.attributes.append(attribute(value[:200], "key"))
    return post.otlp("logs", message)


def _metrics(post: Poster, values: list[str]) -> HttpResponse:
    message = gauge(*({} for _ in values))
    for point, value in zip(
        message.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points, values, strict=True
    ):
        point.attributes.append(attribute("patient", value))
        point.attributes.append(attribute("queue", value))
    for value in values:
        message.resource_metrics[0].scope_metrics[0].metrics.add(name=value, description=value, unit=value)
    return post.otlp("metrics", message)


def _events(change: Callable[[dict[str, Any], str], None]) -> Carry:
    def carry(post: Poster, values: list[str]) -> HttpResponse:
        made = []
        for value in values:
            one = event(n=next(_number))
            change(one, value)
            made.append(one)
        return post.events(made)

    return carry


def _data(*names: str) -> Carry:
    return _events(lambda one, value: one["data"].update(dict.fromkeys(names, value)))


def _attributes(*names: str) -> Carry:
    return _events(lambda one, value: one.update(dict.fromkeys(names, value)))


def _unknown_names(one: dict[str, Any], value: str) -> None:
    one["data"][value] = value
    one["data"]["nested"] = {"deeper": [{"patient": value}]}


def _lines(one: dict[str, Any], value: str) -> None:
    one["data"]["lines"] = [{"line": value, "group": value[:48], "code": value[:48], "basis": "gross"}]


def _refused(one: dict[str, Any], value: str) -> None:
    one["type"] = "charge.posted.v1"
    one["data"].update(outcome="rejected", reason=value)


def _binary(post: Poster, values: list[str]) -> HttpResponse:
    response = HttpResponse()
    for value in values:
        safe = value.encode("ascii", "replace").decode()
        headers = {
            "ce_specversion": "1.0", "ce_id": safe, "ce_source": safe, "ce_type": "charge.captured.v1",
            "ce_time": "2026-03-02T12:00:00Z", "ce_subject": safe, "ce_patient": safe, "User_Agent": safe,
            "baggage": f"patient={safe}", "tracestate": f"x={safe}",
        }  # fmt: skip
        response = post.raw("/api/v1/events", b'{"charge_no": "C-1"}', "application/json", **headers)
    return response


def _broken(post: Poster, values: list[str]) -> HttpResponse:
    body = ("[" + ", ".join(f'{{"id": "{value}"' for value in values)).encode("utf-8", "replace")
    post.raw("/v1/traces", body, "application/json")
    post.raw("/v1/traces", body, "application/x-protobuf")
    post.raw("/api/v1/heartbeats", body, "application/json")
    return post.raw("/api/v1/events", body, "application/cloudevents-batch+json")


CARRIERS: dict[str, Carry] = {
    "span name": _spans(lambda value: {"name": value}),
    "span attribute": _spans(lambda value: {"attributes": {"patient": value, "enduser.id": value}}),
    "span attribute, JSON": _spans(lambda value: {"attributes": {"patient": value}}, json=True),
    "span attribute name": _spans(lambda value: {"attributes": {value[:200]: "x"}}),
    "span url": _spans(
        lambda v: {"attributes": {"url.full": f"https://h/{v}", "url.query": v, "http.target": v}}
    ),
    "span statement": _spans(lambda v: {"attributes": {"db.statement": f"SELECT '{v}'", "db.query.text": v}}),
    "span error": _spans(
        lambda v: {"attributes": {"exception.message": v, "error.type": v, "code.function": v}}
    ),
    "span tracestate": _spans(lambda value: {"trace_state": f"x={value}"}),
    "span event and link": _span_event,
    "span status": _status,
    "span resource": _resource,
    "span scope": _scope,
    "step key": _spans(lambda value: _step(value, **{"key.mrn": value, "key.account": value})),
    "step key of no kind": _spans(lambda value: _step(value, **{"key.patientname": value})),
    "step attribute of no name": _spans(lambda value: _step(value, patient=value)),
    "step event id": _spans(lambda value: _step(value, event_id=value)),
    "step codes": _spans(lambda v: _step(v, department=v, payer=v, reason=v, outcome=v, interface=v)),
    "log record": _logs,
    "metric": _metrics,
    "event key": _data("mrn", "account_no", "encounter_no", "charge_no"),
    "event field of no contract": _data("patient_name", "note", "address"),
    "event field names": _events(_unknown_names),
    "event id and source": _attributes("id", "source"),
    "event codes": _data("department", "payer", "code", "interface", "system", "reason"),
    "event lines": _events(_lines),
    "event subject": _attributes("subject", "dataschema", "patient"),
    "event type": _attributes("type"),
    "event time": _attributes("time", "traceparent"),
    "event, wrong type": _data("amount", "quantity", "service_date", "source_class"),
    "event facility": _data("facility"),
    "event, binary": _binary,
    "body that is none": _broken,
}
# Fields for codes in which words of hospitals stand as well; those of persons would look like them.
DEPARTMENTS: dict[str, Carry] = {
    "event department": _data("department"),
    "step department": _spans(lambda value: _step(value, department=value)),
}
# Fields for a single word, in which a sender may put a sentence.
REASONS: dict[str, Carry] = {
    "event reason": _events(_refused),
    "step reason": _spans(lambda value: _step(value, reason=value, outcome=value, basis=value)),
}

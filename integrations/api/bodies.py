"""Pure: schemas and examples of request and answer bodies, for the OpenAPI description."""

from typing import Any

Schema = dict[str, Any]

EVENT: Schema = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"type": "string", "enum": ["1.0"]},
        "id": {
            "type": "string",
            "minLength": 1,
            "description": "With its source, the event's identity",
        },
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "description": "An event contract, such as charge.captured.v1"},
        "time": {"type": "string", "format": "date-time", "description": "When it happened"},
        "traceparent": {"type": "string", "description": "Joins the event to a trace (W3C Trace Context)"},
        "dataclassification": {"type": "string"},
        "data": {"type": "object", "description": "As the contract says; unknown fields are dropped"},
    },
}
EVENT_EXAMPLE: Schema = {
    "specversion": "1.0",
    "id": "charge-100045-captured",
    "source": "ehr:north",
    "type": "charge.captured.v1",
    "time": "2026-03-02T14:05:00Z",
    "data": {"charge_no": "C-100045", "account_no": "A-20011", "amount": "412.50", "department": "Emergency"},
}
REFUSED: Schema = {
    "type": "object",
    "required": ["index", "code"],
    "properties": {
        "index": {"type": "integer", "description": "Place in the request, from 0"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
RESULT: Schema = {
    "type": "object",
    "required": ["accepted", "rejected", "rejected_count", "receipt"],
    "properties": {
        "accepted": {"type": "integer", "description": "Stored; a duplicate counts as accepted"},
        "rejected": {"type": "array", "items": REFUSED, "description": "For good: do not send them again"},
        "rejected_count": {"type": "integer"},
        "receipt": {"type": "string", "format": "uuid", "nullable": True},
    },
}
RESULT_EXAMPLE: Schema = {
    "accepted": 1,
    "rejected": [{"index": 1, "code": "unknown_type", "detail": "There is no event contract of this type."}],
    "rejected_count": 1,
    "receipt": "01a21088-f0ea-7de6-8e48-875aad1a6f15",
}
PROBLEM: Schema = {
    "type": "object",
    "required": ["title", "status", "code"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; docs/errors.md explains each"},
        "detail": {"type": "string"},
    },
}
PROBLEM_EXAMPLE: Schema = {
    "title": "The key is missing or unknown",
    "status": 401,
    "code": "unknown_key",
    "detail": "The key is malformed, unknown or revoked.",
}
STATUS: Schema = {
    "type": "object",
    "description": "google.rpc.Status, in the encoding of the request",
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
OTLP: Schema = {"type": "object", "description": "The export request of the signal, as OTLP/JSON writes it"}
OTLP_EXAMPLE: Schema = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "engine"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": "5b8efff798038103d269b633813fc60c",
                            "spanId": "eee19b7ec3c1b174",
                            "name": "charge.post",
                            "kind": 2,
                            "startTimeUnixNano": "1772460300000000000",
                            "endTimeUnixNano": "1772460301000000000",
                            "attributes": [
                                {"key": "throughline.workflow", "value": {"stringValue": "charge"}},
                                {"key": "throughline.step", "value": {"stringValue": "posted"}},
                                {"key": "throughline.key.charge", "value": {"stringValue": "C-100045"}},
                            ],
                        }
                    ]
                }
            ],
        }
    ]
}
PARTIAL: Schema = {
    "type": "object",
    "properties": {
        "partialSuccess": {
            "type": "object",
            "description": "Only where items were refused; the count field is named after the signal",
            "properties": {"errorMessage": {"type": "string"}},
        }
    },
}
BEAT: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "stream": {"type": "string", "default": "main", "pattern": "^[a-z0-9][a-z0-9_.-]{0,79}$"},
        "at": {"type": "string", "format": "date-time", "nullable": True},
        "expects_per_hour": {"type": "number", "minimum": 0, "maximum": 1_000_000_000, "nullable": True},
    },
}
BEATS: Schema = {"oneOf": [BEAT, {"type": "array", "items": BEAT, "minItems": 1, "maxItems": 100}]}
BEAT_EXAMPLE: Schema = {"stream": "adt", "expects_per_hour": 120}
RECEIPT: Schema = {
    "type": "object",
    "required": ["receipt", "status", "items"],
    "properties": {
        "receipt": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["stored", "applied", "parked"]},
        "signal": {"type": "string"},
        "received_at": {"type": "string", "format": "date-time"},
        "items": {"type": "integer"},
        "rejected": {"type": "object", "additionalProperties": {"type": "integer"}},
        "new": {"type": "integer"},
        "duplicate": {"type": "integer"},
        "conflict": {"type": "integer"},
        "orphan": {"type": "integer"},
    },
}
RECEIPT_EXAMPLE: Schema = {
    "receipt": "01a21088-f0ea-7de6-8e48-875aad1a6f15",
    "status": "applied",
    "signal": "events",
    "received_at": "2026-03-02T14:05:02.113+00:00",
    "items": 2,
    "rejected": {},
    "new": 1,
    "duplicate": 1,
    "conflict": 0,
    "orphan": 0,
}

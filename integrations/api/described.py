"""The ingest addresses as drf-spectacular reads them; the real views are plain Django.

Nothing here is ever served; a test holds paths and methods equal to the real ones.
"""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations.api import bodies

PROBLEM_TYPE = "application/problem+json"
REFUSALS = {
    400: "The body cannot be read",
    401: "No, a malformed, unknown or revoked key",
    403: "The key may not send this signal",
    410: "The connector is retired",
    413: "Larger than allowed, as it comes or inflated",
    415: "A type or encoding that is not read",
    429: "Over the key's limit; Retry-After in seconds",
    503: "Not now; nothing was stored; Retry-After in seconds",
}


def _problems(*codes: int) -> dict[Any, Any]:
    example = OpenApiExample("problem", value=bodies.PROBLEM_EXAMPLE, media_type=PROBLEM_TYPE)
    return {
        (code, PROBLEM_TYPE): OpenApiResponse(bodies.PROBLEM, REFUSALS[code], examples=[example])
        for code in codes or REFUSALS
    }


OTLP_TYPES = ("application/json", "application/x-protobuf")
OTLP_REFUSALS = REFUSALS | {404: "There is no such signal", 415: "An encoding that is not read"}
KEY = {"type": "string", "pattern": '^"?[!-~]{1,255}"?$'}
# Of one event in binary mode; in the other modes they stand in the body.
BINARY_MODE = [
    OpenApiParameter(f"ce-{name}", str, "header", description="Of an event in binary mode, percent-encoded")
    for name in ("specversion", "id", "source", "type", "time")
]


def _statuses() -> dict[Any, Any]:
    said = {
        (code, media): OpenApiResponse(bodies.STATUS, text)
        for code, text in OTLP_REFUSALS.items()
        for media in OTLP_TYPES
    }
    return said | {(415, "text/plain"): OpenApiResponse(str, "A type that is not read")}


class Otlp(APIView):
    """One signal of OpenTelemetry."""

    @extend_schema(
        operation_id="export_otlp",
        tags=["OpenTelemetry"],
        summary="Export spans, metrics or logs (OTLP/HTTP)",
        parameters=[OpenApiParameter("signal", str, "path", enum=["traces", "metrics", "logs"])],
        request={"application/json": bodies.OTLP, "application/x-protobuf": OpenApiTypes.BINARY},
        responses={(200, media): OpenApiResponse(bodies.PARTIAL, "Stored") for media in OTLP_TYPES}
        | _statuses(),
        examples=[OpenApiExample("a step of a charge", value=bodies.OTLP_EXAMPLE, request_only=True)],
    )
    def post(self, request: Request, signal: str) -> Response:
        """Spans with `throughline.*` attributes are steps; others show beside them by their trace.

        A partial success says how many were refused and why.
        """
        raise NotImplementedError


class Events(APIView):
    """Business events."""

    @extend_schema(
        operation_id="post_events",
        tags=["Events"],
        summary="Post business events (CloudEvents 1.0: binary, structured or batch)",
        parameters=[
            OpenApiParameter("Idempotency-Key", KEY, "header", description="Kept seven days"),
            *BINARY_MODE,
        ],
        request={
            "application/cloudevents-batch+json": {"type": "array", "items": bodies.EVENT},
            "application/cloudevents+json": bodies.EVENT,
            "application/json": {"type": "object", "description": "Data; the attributes are ce- headers"},
        },
        responses={
            (200, "application/json"): OpenApiResponse(bodies.RESULT, "Stored"),
            (409, PROBLEM_TYPE): OpenApiResponse(bodies.PROBLEM, "The first with this key still runs"),
            (422, PROBLEM_TYPE): OpenApiResponse(bodies.PROBLEM, "Every event refused, or the key reused"),
        }
        | _problems(),
        examples=[
            OpenApiExample(
                "a captured charge",
                value=[bodies.EVENT_EXAMPLE],
                media_type="application/cloudevents-batch+json",
                request_only=True,
            ),
            OpenApiExample("one kept, one refused", value=bodies.RESULT_EXAMPLE, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """200 means stored. A refused event is named by its place with a code; its neighbours go through.

        The same event sent again counts once.
        """
        raise NotImplementedError


class Heartbeats(APIView):
    """Signs of life."""

    @extend_schema(
        operation_id="post_heartbeat",
        tags=["Heartbeats"],
        summary="Say that a stream lives, and how much it expects to send",
        request={"application/json": bodies.BEATS},
        responses={(200, "application/json"): OpenApiResponse({"type": "object"}, "Kept")} | _problems(),
        examples=[OpenApiExample("two a minute", value=bodies.BEAT_EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Kept as the last sign of life of the stream, with what it expects to send."""
        raise NotImplementedError


class Receipt(APIView):
    """What became of a request."""

    @extend_schema(
        operation_id="get_receipt",
        tags=["Receipts"],
        summary="Ask whether a request is stored, applied or set aside",
        responses={
            (200, "application/json"): OpenApiResponse(
                bodies.RECEIPT, "Known", examples=[OpenApiExample("applied", value=bodies.RECEIPT_EXAMPLE)]
            ),
            (404, PROBLEM_TYPE): OpenApiResponse(bodies.PROBLEM, "No such request of this connector"),
        }
        | _problems(401, 503),
    )
    def get(self, request: Request, receipt_id: str) -> Response:
        """Every post is answered with the id of its receipt."""
        raise NotImplementedError


DESCRIBED = [
    path("v1/<str:signal>", Otlp.as_view()),
    path("api/v1/events", Events.as_view()),
    path("api/v1/heartbeats", Heartbeats.as_view()),
    path("api/v1/receipts/<uuid:receipt_id>", Receipt.as_view()),
]

"""Post what the connectors say to the REST endpoints, in batches, and again where the server asks."""

import http.client
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from observability.demo.network import ENGINE
from observability.demo.saying import EVENT, SPAN, Said

BATCH: Final = 500
CONNECTIONS: Final = 2
TIMEOUT_SECONDS: Final = 60
PATIENCE_SECONDS: Final = 120
LONGEST_PAUSE_SECONDS: Final = 5.0
TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
EVENTS = ("/api/v1/events", "application/cloudevents-batch+json")
TRACES = ("/v1/traces", "application/json")
METRICS = ("/v1/metrics", "application/json")
HEARTBEATS = ("/api/v1/heartbeats", "application/json")


class NotPosted(Exception):
    """The server would not take something; the message says what it said."""


@dataclass(slots=True)
class Request:
    """One request: whose key it carries, where it goes, what it holds."""

    connector: str
    path: str
    media: str
    body: bytes
    items: int


@dataclass(slots=True)
class Tally:
    """What the server has answered so far."""

    posted: int = 0
    rejected: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Poster:
    """Posts with one key for each connector, over a few connections that stay open."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._keys = keys
        self._own = threading.local()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="post")
        self.tally = Tally()

    def post(self, said: Iterable[Said]) -> list[Future[None]]:
        """Send everything in batches; a future ends when its batch is committed. They raise NotPosted."""
        return [self._threads.submit(self._send, request) for request in requests_of(said)]

    def beat(self, rates: Mapping[str, float]) -> list[Future[None]]:
        """Say of every connector that it lives, and how many items an hour it expects to send."""
        return [
            self._threads.submit(self._send, Request(name, *HEARTBEATS, _json({"expects_per_hour": rate}), 1))
            for name, rate in rates.items()
        ]

    def close(self) -> None:
        """Let what runs come to its end."""
        self._threads.shutdown(cancel_futures=True)

    def _send(self, request: Request) -> None:
        end, pause, problem = time.monotonic() + PATIENCE_SECONDS, 0.2, ""
        while time.monotonic() < end:
            try:
                status, answer, after = self._exchange(request)
            except (OSError, http.client.HTTPException) as exc:
                self._own.connection = None
                status, answer, after = 0, type(exc).__name__.encode(), None
            if status == 200 or status == 422:
                self._count(request, answer)
                return
            problem = f"{request.path}: {status or 'no answer'} {answer[:200].decode(errors='replace')}"
            if status and status not in TRY_AGAIN:
                break
            time.sleep(float(after) if after and after.isdigit() else pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        raise NotPosted(problem)

    def _exchange(self, request: Request) -> tuple[int, bytes, str | None]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
            self._own.connection = connection
        headers = {"Authorization": f"Bearer {self._keys[request.connector]}", "Content-Type": request.media}
        connection.request("POST", request.path, request.body, headers)
        response = connection.getresponse()
        return response.status, response.read(), response.getheader("Retry-After")

    def _count(self, request: Request, answer: bytes) -> None:
        rejected = _rejected(answer) if request.path == EVENTS[0] else {}
        with self._lock:
            self.tally.posted += request.items
            for code, count in rejected.items():
                self.tally.rejected[code] += count


def _rejected(answer: bytes) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for item in msgspec.json.decode(answer).get("rejected", ()):
        found[item["code"]] += 1
    return found


_json = msgspec.json.Encoder().encode


def requests_of(said: Iterable[Said]) -> Iterator[Request]:
    """Yield what is said as requests of at most BATCH items, one connector and one kind in each."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in said:
        groups[one.connector, one.kind].append(one.body)
    for (connector, kind), bodies in groups.items():
        for first in range(0, len(bodies), BATCH):
            part = bodies[first : first + BATCH]
            if kind == EVENT:
                yield Request(connector, *EVENTS, _json(part), len(part))
            elif kind == SPAN:
                yield Request(connector, *TRACES, _json(_traces(part)), len(part))
            else:
                yield Request(connector, *METRICS, _json(_metrics(part)), len(part))


def _traces(spans: list[dict[str, Any]]) -> dict[str, Any]:
    services: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        services[span["service"]].append({name: span[name] for name in span if name != "service"})
    return {
        "resourceSpans": [
            {"resource": _resource(service), "scopeSpans": [{"scope": {"name": "engine"}, "spans": own}]}
            for service, own in services.items()
        ]
    }


def _metrics(points: list[dict[str, Any]]) -> dict[str, Any]:
    named: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for point in points:
        named[point["metric"]].append({name: point[name] for name in point if name != "metric"})
    metrics = [{"name": name, "gauge": {"dataPoints": own}} for name, own in named.items()]
    return {"resourceMetrics": [{"resource": _resource(ENGINE), "scopeMetrics": [{"metrics": metrics}]}]}


def _resource(service: str) -> dict[str, Any]:
    return {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}

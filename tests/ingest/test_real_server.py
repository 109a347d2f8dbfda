"""T04, T23, T26, chunked bodies: a real server, real clients, a database that fails in the middle."""

import gzip
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from integrations.ingest.records import Span
from tests.build.days import empty
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import BATCH, PROTOBUF, Poster, poster, stored
from tests.ingest.proxying import proxied
from tests.ingest.serving import Server, database_url, free_port, serving
from tests.ingest.test_t26_bombs import BOMB, GROWTH_MIB

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _empty_inbox(transactional_db: None) -> Iterator[None]:
    yield
    empty("inbox")  # no managed table: the end of a test leaves it alone


def headers(post: Poster, content_type: str = PROTOBUF, **more: str) -> dict[str, str]:
    """Return the headers of a request of this connector."""
    return {"Authorization": f"Bearer {post.key}", "Content-Type": content_type, **more}


def in_pieces(body: bytes, size: int = 1_000) -> Iterator[bytes]:
    """Cut a body into chunks."""
    for place in range(0, len(body), size):
        yield body[place : place + size]


def exported(server: Server, post: Poster, exporter: Any, n: int, **options: Any) -> None:
    """Export `n` spans with a stock exporter, and wait until it is done."""
    provider = TracerProvider(resource=Resource({"service.name": "sdk"}))
    send = exporter(f"{server.url}/v1/traces", headers={"Authorization": f"Bearer {post.key}"}, **options)
    provider.add_span_processor(BatchSpanProcessor(send, max_export_batch_size=50))
    tracer = provider.get_tracer("test")
    for i in range(n):
        with tracer.start_as_current_span("sync", attributes={"retry.count": i}):
            pass
    provider.shutdown()


def test_chunked_bodies_arrive(post_real: tuple[Server, Poster]) -> None:
    server, post = post_real
    body = traces(*[{}] * 100).SerializeToString()
    assert server.request("/v1/traces", in_pieces(body), headers(post))[0] == 200
    zipped = gzip.compress(traces({"span_id": b"chunked2"}).SerializeToString())
    assert (
        server.request("/v1/traces", in_pieces(zipped, 50), headers(post) | {"Content-Encoding": "gzip"})[0]
        == 200
    )
    events = json.dumps([event(n=n) for n in range(50)]).encode()
    assert server.request("/api/v1/events", in_pieces(events), headers(post, BATCH))[0] == 200
    assert len(stored(Span)) == 101
    # Chunks that are none, and what a server does not take apart: refused, not read as nothing.
    assert sent_raw(server, post, "chunked", b"no size\r\nx\r\n0\r\n\r\n") == 400
    assert sent_raw(server, post, "gzip, chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(zipped), zipped)) == 415


def sent_raw(server: Server, post: Poster, coding: str, body: bytes) -> int:
    """Post bytes as they stand after a Transfer-Encoding; return the status."""
    with begun(server, post, f"Transfer-Encoding: {coding}\r\n\r\n".encode() + body) as link:
        return int(link.recv(64).split()[1])


def begun(server: Server, post: Poster, rest: bytes) -> socket.socket:
    """Begin a request of a connector; `rest` follows its headers."""
    said = "".join(f"{name}: {value}\r\n" for name, value in headers(post).items())
    link = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    link.sendall(f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n{said}".encode() + rest)
    return link


def test_who_falls_silent_in_a_request_keeps_nobody_out(transactional_db: None, tmp_path: Path) -> None:
    post, log = poster(), tmp_path / "web.log"
    with serving(log=log, THROUGHLINE_INGEST_READ_SECONDS="1") as server, ExitStack() as held:
        for _ in range(4):  # as many as there are threads
            held.enter_context(begun(server, post, b"Content-"))
        silent = held.enter_context(begun(server, post, b"Content-Length: 9\r\n\r\nx"))

        assert server.request("/v1/traces", b"", headers(post))[0] == 200
        assert silent.recv(64).startswith(b"HTTP/1.1 503 ")  # it may be the network's fault: to be sent again
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
            link.sendall(b"GET /transactions/?q=Jane Roe 078-05-1120 HTTP/1.1\r\n\r\n")
            assert link.recv(64).startswith(b"HTTP/1.1 400 ")

    # T46 of the web server's own lines: those who were given up, and the address that it cannot read.
    lines = log.read_text().splitlines()
    assert {"gunicorn.error"} <= {json.loads(line)["logger"] for line in lines}
    assert not any("Roe" in line or "1120" in line for line in lines)


def test_a_chunked_body_over_the_limit_is_413(post_real: tuple[Server, Poster]) -> None:
    server, post = post_real
    big = (b"\x00" * 65_536 for _ in range(21 * 16))
    assert server.request("/v1/traces", big, headers(post))[0] == 413
    assert server.request("/v1/traces", b"", headers(post))[0] == 200


def test_a_chunked_body_without_a_key_is_401(post_real: tuple[Server, Poster]) -> None:
    server, _ = post_real
    assert server.request("/v1/traces", in_pieces(b"x" * 5_000), {"Content-Type": PROTOBUF})[0] == 401


@pytest.mark.parametrize(
    ("exporter", "options"),
    [
        (OTLPSpanExporter, {"compression": Compression.NoCompression}),
        (OTLPSpanExporter, {"compression": Compression.Gzip}),
        (JsonExporter, {}),
    ],
)
def test_t23_a_stock_sdk_is_stored_span_by_span(
    post_real: tuple[Server, Poster], exporter: Any, options: dict[str, Any]
) -> None:
    server, post = post_real
    exported(server, post, exporter, 200, **options)
    spans = stored(Span)
    assert sorted(int(span.attributes["retry.count"]) for span in spans) == list(range(200))
    assert {span.service for span in spans} == {"sdk"}


def test_t23_an_outage_in_the_middle_loses_nothing() -> None:
    post, port = poster(), free_port()
    provider = TracerProvider()
    send = OTLPSpanExporter(
        f"http://127.0.0.1:{port}/v1/traces", headers={"Authorization": f"Bearer {post.key}"}, timeout=120
    )
    provider.add_span_processor(BatchSpanProcessor(send, schedule_delay_millis=100))
    tracer = provider.get_tracer("test")
    with ThreadPoolExecutor(1) as later:
        for i in range(20):
            tracer.start_span("sync", attributes={"retry.count": i}).end()
        flushed = later.submit(provider.force_flush, 120_000)  # meets a closed port, and tries again
        with serving(port=port):
            assert flushed.result(timeout=150)
            provider.shutdown()
            assert sorted(int(span.attributes["retry.count"]) for span in stored(Span)) == list(range(20))


def test_t04_a_cut_commit_is_503_and_the_retry_is_one_row() -> None:
    post = poster()
    said = connection.settings_dict
    with ExitStack() as stack:
        proxy = stack.enter_context(proxied(str(said["HOST"]), int(said["PORT"])))
        where = database_url(host="127.0.0.1", port=str(proxy.port))
        server = stack.enter_context(serving(database=where))
        assert server.request("/v1/traces", b"", headers(post))[0] == 200
        for i in range(1, 11):
            body = traces({"span_id": i.to_bytes(8, "big")}).SerializeToString()
            proxy.cut_replies = True
            assert server.request("/v1/traces", body, headers(post))[0] == 503
            proxy.cut_replies = False
            answers = [server.request("/v1/traces", body, headers(post))[0] for _ in range(4)]
            assert answers[-1] == 200
        assert proxy.cuts >= 10
    assert len({span.event_id for span in stored(Span)}) == 10


def test_four_bodies_of_20_mib_stay_within_the_budget(post_real: tuple[Server, Poster]) -> None:
    server, post = post_real
    filler = "x" * 2_000
    body = traces(*[{"attributes": {"filler": filler}}] * 9_500).SerializeToString()
    assert 18 * MIB < len(body) <= 20 * MIB
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(server.request, "/v1/traces", body, headers(post)) for _ in range(4)]
        answers = [one.result(timeout=120)[0] for one in sent]
    assert answers == [200] * 4
    assert peak_mib(server) <= 200


def workers(server: Server) -> list[str]:
    """Return the processes that answer."""
    with open(f"/proc/{server.process.pid}/task/{server.process.pid}/children") as file:
        return file.read().split()


def peak_mib(server: Server) -> float:
    """Return the most memory a worker of the server ever held."""
    peaks = []
    for pid in workers(server):
        with open(f"/proc/{pid}/status") as file:
            peaks += [int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM")]
    return max(peaks)


@pytest.fixture
def post_real(transactional_db: None) -> Iterator[tuple[Server, Poster]]:
    """A running server and a connector that may post to it."""
    post = poster()
    with serving() as server:
        yield server, post


def test_t26_twenty_bombs_at_once_kill_no_worker_nor_keep_anybody_out(
    post_real: tuple[Server, Poster],
) -> None:
    server, post = post_real
    running = workers(server)
    small = traces({}).SerializeToString()
    assert server.request("/v1/traces", small, headers(post))[0] == 200
    before = peak_mib(server)

    with ThreadPoolExecutor(24) as clients:
        zipped = headers(post) | {"Content-Encoding": "gzip"}
        bombs = [clients.submit(server.request, "/v1/traces", BOMB, zipped) for _ in range(20)]
        others = [clients.submit(server.request, "/v1/traces", small, headers(post)) for _ in range(20)]

    assert {bomb.result()[0] for bomb in bombs} == {413}
    assert {other.result()[0] for other in others} == {200}
    assert workers(server) == running
    assert peak_mib(server) - before <= GROWTH_MIB

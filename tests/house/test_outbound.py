"""Asking others: the answer comes whole within its time, or it is none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from observability.core import outbound

ANSWER = b'{"said": "hello"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
PAUSE_SECONDS = 0.05


class _Slow(BaseHTTPRequestHandler):
    over: threading.Event

    def do_GET(self) -> None:
        """Send the answer as the address says: whole, or some part of it byte by byte."""
        at_once, drip = {
            "/whole": (HEAD + ANSWER, b""),
            "/head": (b"", HEAD + ANSWER),
            "/body": (HEAD, ANSWER),
        }[self.path]
        self.wfile.write(at_once)
        try:
            for byte in drip:
                if self.over.wait(PAUSE_SECONDS):
                    return
                self.wfile.write(bytes([byte]))
        except OSError:
            return  # nobody listens any more: as it should be

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def slow() -> Iterator[str]:
    """The address of a server that sends a byte now and then, never as late as a single read may take."""
    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Slow", (_Slow,), {"over": over}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_answer_in_time_is_read(slow: str) -> None:
    assert outbound.get_json(f"{slow}/whole") == {"said": "hello"}


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_in_is_none(slow: str, part: str, settings: Settings) -> None:
    settings.OUTBOUND_SECONDS = 0.2
    with pytest.raises(outbound.Unreachable):
        outbound.get_json(f"{slow}/{part}")

"""An HTTP front before a server of ours that refuses on its own, as a proxy or a network in trouble does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.ingest.serving import Server

KEPT = ("Authorization", "Content-Type", "Content-Encoding")


class Front:
    """Where clients post to, and what they were answered."""

    def __init__(self, port: int, statuses: list[int]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.statuses = statuses


@contextmanager
def fronted(server: Server, refuses: Callable[[], str]) -> Iterator[Front]:
    """Pass posts on, but for those that `refuses` calls `before` or `after` the server had them: 503."""
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in KEPT if name in self.headers}
            how = refuses()
            status, answer = 503, b""
            if how != "before":
                status, _, answer = server.request(self.path, body, headers)
            if how:
                status, answer = 503, b""
            statuses.append(status)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if how:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    door = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Front(int(door.server_address[1]), statuses)
    finally:
        door.shutdown()
        door.server_close()

"""A TCP proxy in front of the database that can hold back or cut what the server answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 65_536


class Proxy:
    """Passes bytes on; `cut_replies` drops the link at the next answer after a statement with INSERT."""

    def __init__(self, target: tuple[int, str, int]) -> None:
        self.target = target
        self.cut_replies = False
        self.cuts = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                family, host, port = self.target
                far = socket.socket(family)
                far.connect(f"{host}/.s.PGSQL.{port}" if family == socket.AF_UNIX else (host, port))
                wrote = threading.Event()
                threading.Thread(target=self._pass, args=(near, far, wrote, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, wrote, False), daemon=True).start()

    def _pass(
        self, source: socket.socket, sink: socket.socket, wrote: threading.Event, outward: bool
    ) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if outward and b"INSERT INTO inbox" in piece:
                    wrote.set()
                if not outward and wrote.is_set() and self.cut_replies:
                    # The server has committed; nobody will hear of it.
                    self.cuts += 1
                    break
                if not outward:
                    wrote.clear()
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(host: str, port: int) -> Iterator[Proxy]:
    """Run a proxy to a PostgreSQL at a socket folder or an address."""
    family = socket.AF_UNIX if host.startswith("/") else socket.AF_INET
    proxy = Proxy((family, host, port))
    try:
        yield proxy
    finally:
        proxy.door.close()

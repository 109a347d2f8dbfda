"""The one place from which the server itself asks others: over TLS, where it was told, without detours."""

import http.client
import io
import json
import socket
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    import requests

TIMEOUT_SECONDS: Final = (3.05, 5)  # connect, each read: somebody waits for the page
MOST_BYTES: Final = 1_048_576
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Unreachable(Exception):
    """No usable answer: not there, not in time, not in clear, not JSON, too long, or somewhere else."""


def get_json(url: str) -> dict[str, Any]:
    """Return the JSON object at an address. Raises Unreachable."""
    return _asked("GET", url)


def post_form(url: str, form: Mapping[str, str], *, auth: tuple[str, str] | None = None) -> dict[str, Any]:
    """Post a form and return the JSON object that answers it. Raises Unreachable."""
    return _asked("POST", url, data=form, auth=auth)


def is_safe(url: str) -> bool:
    """Say whether what is sent to an address stays secret on the way: over TLS, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _asked(method: str, url: str, **more: Any) -> dict[str, Any]:
    if not is_safe(url):
        raise Unreachable
    import requests  # five megabytes, which a worker that only takes telemetry never needs

    try:
        with (
            _session(time.monotonic() + settings.OUTBOUND_SECONDS) as session,
            session.request(
                method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True, **more
            ) as answer,
        ):
            if answer.status_code != requests.codes.ok:
                raise Unreachable
            body = b""
            for part in answer.iter_content(65_536):
                body += part
                if len(body) > MOST_BYTES:
                    raise Unreachable
            said = json.loads(body)
    except (requests.RequestException, ValueError) as exc:
        raise Unreachable from exc
    if not isinstance(said, dict):
        raise Unreachable
    return said


class _Until(io.RawIOBase):
    """What comes from a socket, up to a moment: a timeout alone starts anew with every byte."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        super().__init__()
        self._sock, self._until = sock, until
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not come whole in time")
        self._sock.settimeout(min(left, TIMEOUT_SECONDS[1]))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _session(until: float) -> "requests.Session":
    """Return a session whose answers must be read before a moment (monotonic), from the first line on."""
    import requests

    class Answer(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp.close()
            self.fp = io.BufferedReader(_Until(sock, until))

    class Adapter(requests.adapters.HTTPAdapter):
        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
            pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), {"response_class": Answer})
            return pool

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter())
    return session

"""The one place from which the server itself asks others: over TLS, where it was told, without detours."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

TIMEOUT_SECONDS: Final = (3.05, 5)  # connect, read: somebody waits for the page
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
        with requests.request(
            method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True, **more
        ) as answer:
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

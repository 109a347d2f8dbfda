"""The far end in tests: answers posts from a list, and keeps what came. Only the network is made up."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import BaseAdapter

from integrations.adapters.post import Poster
from integrations.adapters.x12.events import Event

URL = "https://throughline.example"
Reply = tuple[int, dict[str, str], Any]


def taken(count: int, *rejected: dict[str, Any]) -> Reply:
    """The answer of a server that stored `count` events and refused the rest."""
    body = {"accepted": count, "rejected": list(rejected), "receipt": "r-1"}
    return (200 if count else 422, {}, body)


@dataclass
class FarEnd(BaseAdapter):
    """A transport for requests. A reply is (status, headers, JSON body), an exception, or a function."""

    replies: list[Reply | Exception | Callable[[list[Any]], Reply]] = field(default_factory=list)
    batches: list[list[Any]] = field(default_factory=list)
    posts: list[requests.PreparedRequest] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        assert isinstance(request.body, bytes)
        batch = json.loads(gzip.decompress(request.body))
        self.posts.append(request)
        self.batches.append(batch)
        reply = self.replies.pop(0) if self.replies else taken(len(batch))
        if isinstance(reply, Exception):
            raise reply
        status, headers, body = reply(batch) if callable(reply) else reply
        response = requests.Response()
        response.status_code, response.request = status, request
        response.headers.update(headers)
        response._content = json.dumps(body).encode()
        return response

    def close(self) -> None:
        """Nothing is open."""

    def poster(self, key: str = "abc.secret", **options: Any) -> Poster:
        """Return a poster that talks to this end, and whose waits are only noted."""
        session = requests.Session()
        session.mount(URL, self)
        return Poster(URL, key, session=session, sleep=self.waited.append, **options)


def event(number: int) -> Event:
    return Event(f"id-{number}", "claim.submitted.v1", "x12:S", "2026-03-02T00:00:00Z", {"n": number}, number)

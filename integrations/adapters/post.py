"""Post events to a Throughline server the way a connector should: batches, retries, per-item answers.

The one part of the adapters that talks to the network. It runs beside the customer's systems, so it knows
nothing of the server but its REST interface.
"""

import gzip
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests

PATH: Final = "/api/v1/events"
CONTENT_TYPE: Final = "application/cloudevents-batch+json"
TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
ATTEMPTS: Final = 8
LONGEST_WAIT_SECONDS: Final = 120.0
TIMEOUT_SECONDS: Final = (10, 60)  # connect, read


class Postable(Protocol):
    """An event read from a file: where it began, and its CloudEvents JSON form."""

    @property
    def type(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def segment(self) -> int: ...

    def cloudevent(self) -> dict[str, Any]:
        """Return the CloudEvents 1.0 JSON form."""
        ...


@dataclass(frozen=True, slots=True)
class Rejection:
    """One event that the server refused, with its code and words."""

    event: Postable
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one batch. Accepted means stored: new, or known before.

    `unlisted` counts events that were refused without being named: an answer has its limit too.
    """

    accepted: int
    rejected: tuple[Rejection, ...]
    receipts: tuple[str, ...]
    unlisted: int = 0

    def __add__(self, other: "Answer") -> "Answer":
        return Answer(
            self.accepted + other.accepted,
            self.rejected + other.rejected,
            self.receipts + other.receipts,
            self.unlisted + other.unlisted,
        )


class PostingStoppedError(Exception):
    """Nothing more can be posted: wrong address, refused key, or a server that stays away."""


class Poster:
    """Posts batches to one server with one key.

    `sleep` and `now` are the clock. Tries again on 429, 502, 503, 504 and lost connections, as long as
    Retry-After says or twice as long each time, at most ATTEMPTS times; halves a batch on 413.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise PostingStoppedError(f"{url} is no http or https address")
        self._address = url.rstrip("/") + PATH
        self._session = session or requests.Session()
        self._session.headers.update(
            {"Authorization": f"Bearer {key}", "Content-Type": CONTENT_TYPE, "Content-Encoding": "gzip"}
        )
        self._sleep, self._now = sleep, now

    def send(self, events: Sequence[Postable]) -> Answer:
        """Post one batch. Raises PostingStoppedError."""
        if not events:
            return Answer(0, (), ())
        said = [event.cloudevent() for event in events]
        body = gzip.compress(json.dumps(said, separators=(",", ":")).encode(), mtime=0)
        response = self._deliver(body)
        if response.status_code == 413:
            return self._halve(events)
        if response.status_code in {200, 422}:
            return _parse(response, events)
        raise PostingStoppedError(_refusal(response, self._address))

    def _halve(self, events: Sequence[Postable]) -> Answer:
        if len(events) == 1:
            return Answer(0, (Rejection(events[0], "too_large", "larger than the server takes"),), ())
        middle = len(events) // 2
        return self.send(events[:middle]) + self.send(events[middle:])

    def _deliver(self, body: bytes) -> requests.Response:
        """Return the first answer that is not "later". Raises PostingStoppedError when there is none."""
        problem = ""
        for attempt in range(ATTEMPTS):
            wait = 0.5 * 2**attempt
            try:
                response = self._session.post(
                    self._address, data=body, timeout=TIMEOUT_SECONDS, allow_redirects=False
                )
            except requests.RequestException as exc:
                problem = f"no answer ({type(exc).__name__})"
            else:
                if response.status_code not in TRY_AGAIN:
                    return response
                problem = f"status {response.status_code}"
                wait = self._retry_after(response) or wait
            if attempt < ATTEMPTS - 1:
                self._sleep(min(wait, LONGEST_WAIT_SECONDS))
        raise PostingStoppedError(f"{self._address}: {problem}, {ATTEMPTS} times; run again later")

    def _retry_after(self, response: requests.Response) -> float | None:
        """Return Retry-After in seconds: it may be a number or a date."""
        said = response.headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdecimal():
            return float(said[:6])
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return None
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - self._now()).total_seconds())


def _parse(response: requests.Response, events: Sequence[Postable]) -> Answer:
    try:
        said = response.json()
        rejected = tuple(
            Rejection(events[int(item["index"])], str(item["code"]), str(item.get("detail") or ""))
            for item in said.get("rejected", ())
        )
        accepted = int(said.get("accepted", 0))
        unlisted = int(said.get("rejected_count", len(rejected))) - len(rejected)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as exc:
        raise PostingStoppedError(
            f"the server answered {response.status_code} with a body that is not understood"
        ) from exc
    receipt = said.get("receipt")
    return Answer(accepted, rejected, (str(receipt),) if receipt else (), max(0, unlisted))


def _refusal(response: requests.Response, address: str) -> str:
    words = {
        401: "the key is not accepted; look at `manage.py connector list`",
        403: "the key may not post events",
        404: "there is no such address; --url is the root of the server, such as https://throughline.example",
        415: "the server does not take CloudEvents batches",
    }
    said = words.get(response.status_code, "the server refused the whole batch")
    return f"{address}: status {response.status_code}: {said}{_code(response)}"


def _code(response: requests.Response) -> str:
    """Return the stable code of a problem answer, if there is one."""
    try:
        code = response.json().get("code")
    except (ValueError, AttributeError):
        return ""
    return f" ({code})" if isinstance(code, str) else ""

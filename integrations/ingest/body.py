"""The body of a request within its bounds. Large bodies are read, decoded and stored one at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.http import HttpRequest

from integrations.ingest import failpoints
from integrations.ingest.refusal import Refusal
from observability.core import memory
from observability.core.streams import BodyCorrupt, BodyCut, BodyTooLarge, Read, inflate, read_plain

GATE_WAIT_SECONDS = 8.0
CHUNKED = "throughline.chunked"  # set by observability.wsgi

_large = threading.BoundedSemaphore(1)


class _Watch:
    """Follows one body as it grows: beyond a size it waits for its turn, and it may not take for ever."""

    def __init__(self) -> None:
        self.held = False
        self.deadline = time.monotonic() + settings.INGEST_READ_SECONDS

    def grew(self, size: int) -> None:
        if not self.held and size > settings.INGEST_LARGE_BODY_BYTES:
            if not _large.acquire(timeout=GATE_WAIT_SECONDS):
                raise Refusal(503, "large_bodies_busy", retry_after=settings.INGEST_RETRY_SECONDS)
            self.held = True
            self.deadline = time.monotonic() + settings.INGEST_READ_SECONDS
        if time.monotonic() > self.deadline:
            raise Refusal(503, "body_too_slow", retry_after=settings.INGEST_RETRY_SECONDS)

    def release(self) -> None:
        if self.held:
            memory.give_back()
            _large.release()
            self.held = False


@contextmanager
def body_of(request: HttpRequest) -> Iterator[bytearray]:
    """Yield the body, inflated. Raises Refusal: too large, an encoding we do not read, damaged, too slow."""
    said = request.headers.get("Content-Encoding", "").strip().lower()
    coding = "gzip" if said == "x-gzip" else said  # one and the same (RFC 9110, 8.4.1.3)
    length = _length(request)
    limit = settings.INGEST_MAX_BODY_BYTES if coding == "gzip" else settings.INGEST_MAX_INFLATED_BYTES
    if length is not None and length > limit:
        raise Refusal(413, "body_too_large")
    # Servers take the chunks apart and no other transfer coding: what it hides is not to pass for nothing.
    if coding not in ("", "identity", "gzip") or request.META.get(CHUNKED, "chunked") != "chunked":
        raise Refusal(415, "unsupported_encoding", headers={"Accept-Encoding": "gzip"})
    watch = _Watch()
    body = bytearray()
    try:
        body = _read(request, coding, length, limit, watch)
        yield body
    finally:
        # Gone before the next large one is read; a failure's traceback may still hold on to it.
        with suppress(BufferError):
            body.clear()
        watch.release()


def _length(request: HttpRequest) -> int | None:
    if request.META.get(CHUNKED):
        return None
    raw = request.META.get("CONTENT_LENGTH") or "0"
    return int(raw) if raw.isdigit() else 0


def _read(request: HttpRequest, coding: str, length: int | None, limit: int, watch: _Watch) -> bytearray:
    failpoints.hit("read")
    try:
        body = read_plain(_reader(request), length=length, limit=limit, grew=watch.grew)
        failpoints.hit("inflate")
        if coding == "gzip":
            body = inflate(body, limit=settings.INGEST_MAX_INFLATED_BYTES, grew=watch.grew)
    except BodyTooLarge as exc:
        raise Refusal(413, "body_too_large") from exc
    except BodyCut as exc:
        raise Refusal(400, "body_cut") from exc
    except BodyCorrupt as exc:
        raise Refusal(400, "body_corrupt") from exc
    return body


def _reader(request: HttpRequest) -> Read:
    """Return the function that reads the body as the server hands it over."""
    given = request.META["wsgi.input"]

    def read(size: int) -> bytes:
        try:
            return bytes(given.read(size))
        except MemoryError:
            raise
        except (BlockingIOError, TimeoutError) as exc:  # silent for too long: perhaps the network's fault
            raise Refusal(503, "body_too_slow", retry_after=settings.INGEST_RETRY_SECONDS) from exc
        except Exception as exc:  # each server has its own errors for chunks that are none
            raise BodyCut from exc

    return read

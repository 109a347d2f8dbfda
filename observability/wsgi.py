"""WSGI entry point, with chunked request bodies made visible to Django.

A body without Content-Length is legal HTTP/1.1, and every OpenTelemetry exporter for JavaScript sends one,
but Django reads exactly Content-Length bytes and so sees nothing. Servers that decode chunks themselves
(gunicorn, granian) offer the whole body as a stream; this hands it on with the limit as its length.
"""

import ctypes
import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")
os.environ.setdefault("THROUGHLINE_PROCESS", "web")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # <malloc.h>
CHUNKED = "throughline.chunked"


class ChunkedBodies:
    """Give Django the stream of a chunked body, ending at the body's end or at `limit` bytes."""

    def __init__(self, application: Application, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        coding = environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
        if coding == "chunked" and not environ.get("CONTENT_LENGTH"):
            environ[CHUNKED] = True
            # One more than allowed: whoever reads that far has seen that the body is too large.
            environ["CONTENT_LENGTH"] = str(self.limit + 1)
        return self.application(environ, start_response)


def _keep_memory_small() -> None:
    """Give large bodies back to the system once they are done with.

    glibc raises its threshold for separate mappings as large blocks are freed and keeps an arena per thread;
    four bodies of 20 MiB then stay as 80 MiB of holes. Fixed thresholds keep a worker at its budget.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # elsewhere than glibc nothing is to be done
        mallopt(M_MMAP_THRESHOLD, 512 * 1024)
        mallopt(M_ARENA_MAX, 2)


def _application() -> Application:
    _keep_memory_small()
    django_application = get_wsgi_application()
    from django.conf import settings

    # What is loaded now stays for good: no collection of garbage needs to look at it again.
    gc.collect()
    gc.freeze()
    return ChunkedBodies(django_application, settings.INGEST_MAX_INFLATED_BYTES)


application = _application()

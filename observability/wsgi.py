"""WSGI entry point, with chunked request bodies made visible to Django.

A body without Content-Length is legal HTTP/1.1, and every OpenTelemetry exporter for JavaScript sends one,
but Django reads exactly Content-Length bytes and so sees nothing. Servers that decode chunks themselves
(gunicorn, granian) offer the whole body as a stream; this hands it on with the limit as its length.
"""

import gc
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from observability.core import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")
os.environ.setdefault("THROUGHLINE_PROCESS", "web")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CHUNKED = "throughline.chunked"


class ChunkedBodies:
    """Give Django the stream of a chunked body, ending at the body's end or at `limit` bytes."""

    def __init__(self, application: Application, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        coding = environ.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
        if coding and not environ.get("CONTENT_LENGTH"):
            environ[CHUNKED] = coding
            # One more than allowed: whoever reads that far has seen that the body is too large.
            environ["CONTENT_LENGTH"] = str(self.limit + 1)
        return self.application(environ, start_response)


def _application() -> Application:
    memory.keep_small()
    logging.captureWarnings(True)
    django_application = get_wsgi_application()
    from django.conf import settings

    # What is loaded now stays for good: no collection of garbage needs to look at it again.
    gc.collect()
    gc.freeze()
    return ChunkedBodies(django_application, settings.INGEST_MAX_INFLATED_BYTES)


application = _application()

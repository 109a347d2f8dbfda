"""Settings of the web server; the address comes from the command line (`--bind`)."""

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

# The script `gunicorn` does not look where it is started.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from observability import env

# Accepted connections inherit it; a thread that waits for a dead sender would wait for ever.
SILENCE_SECONDS = env.number("THROUGHLINE_INGEST_READ_SECONDS", 20)

wsgi_app = "observability.wsgi:application"
worker_class = "gthread"
# For two cores; more with --workers and --threads, or GUNICORN_CMD_ARGS.
workers = 2
threads = 4
# Without it a control socket appears in the home of whoever runs us.
control_socket_disable = True
# A worker whose main thread is silent this long is replaced. Requests have shorter limits of their own,
# because an OpenTelemetry exporter gives up after ten seconds.
timeout = 30
# Requests in flight may end; the supervisor's own patience is longer than this.
graceful_timeout = 5
keepalive = 15
limit_request_line = 8190
limit_request_fields = 60
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeat files only
accesslog = None
errorlog = "-"
loglevel = "warning"
# By its own wont it quotes a request that it cannot read, identifiers and keys included, on lines of its own.
logconfig_dict = {
    "formatters": {"json": {"()": "observability.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["stderr"], "propagate": False}},
}


def when_ready(server: Any) -> None:
    """Give up a connection that falls silent in the middle of a request or of its answer."""
    # Nothing at all would mean: without end.
    silence = struct.pack("ll", *divmod(max(int(SILENCE_SECONDS * 1_000_000), 1), 1_000_000))
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, silence)

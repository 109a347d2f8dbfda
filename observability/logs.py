"""Log lines: one JSON object each, every word of it through redaction."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType

from observability.core import redaction, request_id

# What a LogRecord holds by itself; the rest came in `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Third parties hang whole objects on their records; these say nothing that may be said.
_DROPPED = frozenset({"request", "response", "server_time", "params", "sql", "data"})
FRAMES = 12


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object: template, safe arguments, ids; of an error only type and place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; never raises, for a log line that fails would hide the fault it tells of."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        if current := request_id.current():
            line["request_id"] = current
        for name, value in vars(record).items():
            if name not in _STANDARD and name not in _DROPPED:
                line[name] = redaction.argument(value)
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = _frames(record.exc_info[2])
        return json.dumps(line, default=str)


def _event(record: logging.LogRecord) -> str:
    # The template is ours or a library's and is swept; arguments are where payload would come in.
    template = redaction.words(str(record.msg))
    if not record.args:
        return template
    try:
        return redaction.visible(template % redaction.arguments(record.args))
    except (TypeError, ValueError, KeyError):
        return template


def _frames(trace: TracebackType | None) -> list[str]:
    """Return where an error was raised. Not its message: that quotes what could not be handled."""
    return [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)[-FRAMES:]
    ]


def config(level: str) -> dict[str, object]:
    """Return Django's LOGGING: everything to standard error, through one formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "observability.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its own handlers would print paths with query strings, and mail whole requests.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # Names each key that somebody shows.
            "fido2": {"handlers": [], "level": "WARNING", "propagate": True},
            # One line for every refused request, with its path: our own access line says it without.
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }

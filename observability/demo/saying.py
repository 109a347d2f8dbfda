"""One thing that a connector of the demonstration has to say, and when."""

from hashlib import blake2b
from typing import Any, NamedTuple

from observability.demo.moments import rfc3339
from observability.demo.network import CLEARINGHOUSE, EHR, OWN_WORDS, REVENUE, Place

EVENT, SPAN, GAUGE = "event", "span", "gauge"
SOURCES = {name: f"urn:cedarline:{name}" for name in (EHR, REVENUE, CLEARINGHOUSE)}


class Said(NamedTuple):
    """Something that `connector` can say from `at` (seconds since 1970 UTC) on, as its kind writes it."""

    at: int
    connector: str
    kind: str
    body: dict[str, Any]


def event(
    connector: str, kind: str, event_id: str, at: int, data: dict[str, Any], *, traceparent: str = ""
) -> Said:
    """Return a business event in the CloudEvents JSON form."""
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id,
        "type": kind,
        "source": SOURCES[connector],
        "time": rfc3339(at),
        "data": data,
    }
    if traceparent:
        body["traceparent"] = traceparent
    return Said(at, connector, EVENT, body)


def in_own_words(said: Said, place: Place) -> Said:
    """Return it with the codes that the facility itself has for its departments, payers and the like."""
    words = OWN_WORDS.get(place.code)
    if words is None or said.kind != EVENT:
        return said
    data = said.body["data"]
    called = {name: codes[data[name]] for name, codes in words.items() if data.get(name) in codes}
    return said._replace(body={**said.body, "data": {**data, **called}}) if called else said


def trace_of(place: Place, name: str) -> str:
    """Return the trace id, in hex, under which the interface engine worked on something."""
    return blake2b(f"{place.code}/{name}".encode(), digest_size=16).hexdigest()


def span_id(trace: str, ordinal: int) -> str:
    """Return the id, in hex, of the nth span of a trace."""
    return blake2b(f"{trace}/{ordinal}".encode(), digest_size=8).hexdigest()

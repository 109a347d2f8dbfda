"""What the interface engine measures of its queues, as OTLP/JSON data points."""

from collections.abc import Iterator
from datetime import date

from observability.demo.moments import HOUR, midnight
from observability.demo.network import ENGINE, PLACES, Place, charge_interface
from observability.demo.saying import GAUGE, Said
from observability.demo.spans import NANOSECONDS
from observability.demo.story import Story

DEPTH, OLDEST = "throughline.queue.depth", "throughline.queue.oldest_seconds"
EVERY = 2 * HOUR


def gauge_points(day: date, story: Story) -> Iterator[Said]:
    """Yield the samples of one day, of every facility's queue of charges."""
    for place in PLACES:
        start = midnight(day, place.zone)
        for at in range(start, start + 24 * HOUR, EVERY):
            yield from samples(place, at, story)


def samples(place: Place, at: int, story: Story) -> Iterator[Said]:
    """Yield depth and oldest age of a queue at a moment: a few, or all that came since it stands still."""
    if story.is_down(place.code, at):
        waiting = at - story.down_since
        # As many as a day brings, hour by hour.
        yield _point(DEPTH, place, at, place.visits * 1.7 * waiting / (24 * HOUR))
        yield _point(OLDEST, place, at, waiting)
        return
    wave = at // 137 % 11
    yield _point(DEPTH, place, at, wave % 5)
    yield _point(OLDEST, place, at, wave * 3 if wave % 5 else 0)


def _point(metric: str, place: Place, at: int, value: float) -> Said:
    words = {"throughline.interface": charge_interface(place), "throughline.facility": place.code}
    body = {
        "metric": metric,
        "timeUnixNano": str(at * NANOSECONDS),
        "asDouble": float(round(value)),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in words.items()],
    }
    return Said(at, ENGINE, GAUGE, body)

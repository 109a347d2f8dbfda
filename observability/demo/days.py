"""Everything that is ever said about the visits of one day, and what was measured on it."""

from collections.abc import Iterator
from datetime import date, timedelta

from observability.demo.charges import charge_events
from observability.demo.claim_events import claim_events, posting_events, set_ack
from observability.demo.claim_files import file_events
from observability.demo.claims import Claim, Course, batch_at
from observability.demo.gauges import gauge_points
from observability.demo.network import PLACES, Place
from observability.demo.saying import Said, in_own_words
from observability.demo.stays import stay_events
from observability.demo.story import Story
from observability.demo.visits import Visit, visits_of


def day_sayings(day: date, story: Story) -> Iterator[Said]:
    """Yield all of it, in no order; much of it lies weeks after the day."""
    yield from gauge_points(day, story)
    for place in PLACES:
        for said in _place(day, place, story):
            yield in_own_words(said, place)


def _place(day: date, place: Place, story: Story) -> Iterator[Said]:
    claims: list[Claim] = []
    for visit in visits_of(day, place):
        yield from charge_events(visit, story)
        sent_on = _first_sent(visit)
        if visit.stays:
            said, sent_on = stay_events(visit)
            yield from said
        if sent_on is not None:
            claims.append(Course(visit, story).run(sent_on))
    if place.writes_files:
        yield from file_events(day, place, claims)
        for claim in claims:
            yield from posting_events(claim)
        return
    for claim in claims:
        yield from claim_events(claim)
    # The set of a day always holds claims of the day before, so it is answered with those.
    sent_on = day + timedelta(days=1)
    yield set_ack(place, sent_on, batch_at(place, sent_on), story)


def _first_sent(visit: Visit) -> date | None:
    """Return the day on which the claim of a visit that was no stay goes out."""
    return visit.day + timedelta(days=1 + int(visit.dice.random() ** 2 * 3))

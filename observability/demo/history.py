"""Post the past: what was missed since the last time, then whole days, the newest first."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import date, timedelta

from observability.demo.days import day_sayings
from observability.demo.loaded import Loaded
from observability.demo.moments import utc_day
from observability.demo.posting import Poster
from observability.demo.saying import Said

DAYS = 30
BEHIND = 15  # more that are posted once the product is in use
AHEAD = 2  # days that wait for their answer while the next ones are made


def days_back(at: int, first: int, last: int) -> list[date]:
    """Return the days from `first` to before `last` days ago, the newest first."""
    return [utc_day(at) - timedelta(days=ago) for ago in range(first, last)]


def catch_up(poster: Poster, loaded: Loaded, at: int) -> None:
    """Post what the days known have come to say between the last time and `at`. Raises NotPosted."""
    if loaded.until < at:
        said = (
            one
            for day in loaded.telling(at)
            for one in day_sayings(day, loaded.story)
            if loaded.until < one.at <= at
        )
        for sent in poster.post(said):
            sent.result()
        loaded.until = at
        loaded.save()


def post_days(poster: Poster, loaded: Loaded, days: list[date], tell: Callable[[int, int], None]) -> None:
    """Post whole days that are not yet known; `tell` hears how many of how many. Raises NotPosted."""
    new = [day for day in days if day not in loaded.days]
    waiting: deque[tuple[date, list[Future[None]]]] = deque()
    for done, day in enumerate(new):
        waiting.append((day, poster.post(_past(day, loaded))))
        if len(waiting) > AHEAD:
            _settle(waiting, loaded)
        tell(done + 1, len(new))
    while waiting:
        _settle(waiting, loaded)


def _past(day: date, loaded: Loaded) -> Iterator[Said]:
    return (one for one in day_sayings(day, loaded.story) if one.at <= loaded.until)


def _settle(waiting: deque[tuple[date, list[Future[None]]]], loaded: Loaded) -> None:
    day, sent = waiting.popleft()
    for each in sent:
        each.result()
    loaded.add(day)

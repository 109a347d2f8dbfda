"""Go on talking: what the days already told still have to say falls due, with a trickle beside it."""

import heapq
from collections.abc import Iterator
from datetime import date

from observability.demo.days import day_sayings
from observability.demo.history import days_back, post_days
from observability.demo.loaded import Loaded
from observability.demo.network import CLEARINGHOUSE, EHR, ENGINE, REVENUE
from observability.demo.posting import Poster
from observability.demo.saying import GAUGE, Said
from observability.demo.story import Story
from observability.demo.trickle import Trickle

TICK_SECONDS = 2
BEATS_EVERY_SECONDS = 60
FILL_EVERY_SECONDS = 10  # older days must not delay what people look at
# Items an hour that each connector expects to send.
RATES = {EHR: 1200.0, REVENUE: 1100.0, CLEARINGHOUSE: 150.0, ENGINE: 4000.0}


class Pending:
    """What days already told will still say, in order of time."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._heap: list[tuple[int, int, Said]] = []
        self._count = 0
        self._days: set[date] = set()

    def add(self, day: date, after: int) -> None:
        """Take what a day says later than `after`."""
        if day in self._days:
            return
        self._days.add(day)
        for one in day_sayings(day, self._story):
            # The trickle measures the queues more often than the days do.
            if one.at > after and one.kind != GAUGE:
                self._count += 1
                heapq.heappush(self._heap, (one.at, self._count, one))

    def due(self, at: int) -> Iterator[Said]:
        """Take out and yield what is due."""
        while self._heap and self._heap[0][0] <= at:
            yield heapq.heappop(self._heap)[2]


class Live:
    """Everything that is said from now on; `tick` it every few seconds."""

    def __init__(self, poster: Poster, loaded: Loaded, at: int, behind: list[date]) -> None:
        """Take up from `loaded`; `behind` are older days to post one by one, the newest first."""
        self._poster, self._loaded = poster, loaded
        self._behind = [day for day in reversed(behind) if day not in loaded.days]
        self._pending, self._trickle = Pending(loaded.story), Trickle(loaded.story)
        for day in loaded.telling(at):
            self._pending.add(day, loaded.until)
        self._trickled, self._beaten, self._filled = at, 0, at

    def tick(self, at: int) -> None:
        """Say what is to be said up to `at`, and return once it is committed. Raises NotPosted."""
        for day in days_back(at, 0, 2):
            if day not in self._loaded.days:
                self._begin(day)
        said = [*self._pending.due(at), *self._trickle.said(self._trickled, at)]
        sent = self._poster.post(said)
        if at - self._beaten >= BEATS_EVERY_SECONDS:
            sent += self._poster.beat(RATES)
            self._beaten = at
        for each in sent:
            each.result()
        self._trickled = self._loaded.until = at
        self._loaded.save()
        if self._behind and at - self._filled >= FILL_EVERY_SECONDS:
            self._filled = at
            self._begin(self._behind.pop())

    def _begin(self, day: date) -> None:
        """Post what a day has said so far, and remember what it will still say."""
        post_days(self._poster, self._loaded, [day], lambda done, of: None)
        self._pending.add(day, self._loaded.until)

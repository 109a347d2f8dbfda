"""What is wrong in the demonstration, so that its board has something to say.

Everything hangs on one moment, the first start: it is kept, so that the story stays the same story.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from observability.demo.moments import DAY, HOUR, MINUTE, day_in, midnight
from observability.demo.network import PLACES

# The first two facilities, which the people of the demonstration who repair things can see.
DOWN_AT = "MILL"
DENYING = "SUMMIT"
REFUSED_AT = "LAKE"
BACKLOG_AT = "LAKE"
_ZONES = {place.code: place.zone for place in PLACES}


@dataclass(frozen=True)
class Story:
    """The troubles of a demonstration that began at `began` (seconds since 1970 UTC)."""

    began: int

    @cached_property
    def down_since(self) -> int:
        """03:12 of last night at Millbrook: since then the revenue cycle system takes none of its charges.

        The latest 03:12 that is at least three hours past, so that there is something to see.
        """
        day = day_in(self.began - 3 * HOUR, _ZONES[DOWN_AT])
        at = midnight(day, _ZONES[DOWN_AT]) + 3 * HOUR + 12 * MINUTE
        return at if at <= self.began - 3 * HOUR else at - DAY

    @cached_property
    def refusing_until(self) -> int:
        """Until here the engine sent charges on and had each refused; then it stopped and they pile up."""
        return self.down_since + 2 * HOUR

    @cached_property
    def authorization_from(self) -> int:
        """From here Summit Mutual denies for missing authorization far more often than before."""
        return self.began - 10 * DAY

    @cached_property
    def refused_set(self) -> date:
        """The day whose set of claims from Lakeshore the clearinghouse refused, and nobody sent again."""
        return day_in(self.began, _ZONES[REFUSED_AT]) - timedelta(days=2)

    def is_down(self, place: str, at: int) -> bool:
        """Whether a facility's charges of this moment go nowhere."""
        return place == DOWN_AT and at >= self.down_since

    def wants_authorization(self, payer: str, at: int) -> bool:
        """Whether a remittance of this payer and moment belongs to its wave of denials."""
        return payer == DENYING and at >= self.authorization_from

    def is_refused_set(self, place: str, day: date) -> bool:
        """Whether the set of claims that a facility sent on a day was refused as a whole."""
        return place == REFUSED_AT and day == self.refused_set

"""The calendars of facilities: their zone and the days they do not work."""

from collections import defaultdict
from datetime import date

from integrations.models import Facility
from tracing.models import BusinessDay
from tracing.rules.calendar import Calendar

DEFAULT = "default"


class Calendars:
    """Calendars by facility, read once for one pass."""

    def __init__(self) -> None:
        holidays: dict[str, set[date]] = defaultdict(set)
        for day in BusinessDay.objects.all():
            holidays[day.calendar].add(day.day)
        shared = frozenset(holidays[DEFAULT])
        self._calendars = {
            facility.pk: Calendar(zone=facility.zone, holidays=shared | holidays[facility.code])
            for facility in Facility.objects.all()
        }

    def of(self, facility_id: int) -> Calendar:
        """Return the calendar of a facility."""
        return self._calendars.get(facility_id, Calendar())

"""The facilities and their names in other systems, read once a period per process."""

import threading
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings

from integrations.ingest.places import Crosswalk, Place
from observability.core.sql import fetch_all

FACILITIES = "SELECT id, code, zone FROM facility ORDER BY id"
ALIASES = "SELECT lower(authority) AS authority, code, facility_id FROM facility_alias ORDER BY id"


@dataclass(frozen=True, slots=True)
class _Facility:
    id: int
    code: str
    zone: str


@dataclass(frozen=True, slots=True)
class _Alias:
    authority: str
    code: str
    facility_id: int


_lock = threading.Lock()
_read_at = float("-inf")
_crosswalk = Crosswalk()


def current() -> Crosswalk:
    """Return the crosswalk, at most settings.INGEST_CROSSWALK_CACHE_SECONDS old."""
    global _read_at, _crosswalk
    with _lock:
        at = time.monotonic()
        if at - _read_at >= settings.INGEST_CROSSWALK_CACHE_SECONDS:
            _crosswalk = _load()
            _read_at = at
        return _crosswalk


def forget() -> None:
    """Read anew at the next use."""
    global _read_at
    with _lock:
        _read_at = float("-inf")


def _load() -> Crosswalk:
    places = [Place(row.id, row.code, ZoneInfo(row.zone)) for row in fetch_all(_Facility, FACILITIES, {})]
    by_id = {place.id: place for place in places}
    return Crosswalk(
        by_id=by_id,
        by_code={place.code: place for place in places},
        by_alias={
            (row.authority, row.code): by_id[row.facility_id]
            for row in fetch_all(_Alias, ALIASES, {})
            if row.facility_id in by_id
        },
    )

"""Builders of facilities and connectors."""

from datetime import UTC, date, datetime

from integrations.catalogue.code_kinds import FACILITY
from integrations.models import BEGINNING, Connector, Facility
from integrations.reference.crosswalk import Named, Target, mean

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def build_facility(code: str = "NORTH", *, zone: str = "America/Chicago") -> Facility:
    """Return the facility `code`, made if it is not there yet."""
    facility, _ = Facility.objects.get_or_create(
        code=code, defaults={"name": f"{code.title()} Hospital", "zone": zone}
    )
    return facility


def build_connector(name: str = "lab-feed", *, facilities: tuple[str, ...] = ("NORTH",)) -> Connector:
    """Return a connector granted to `facilities`; the first is its fallback."""
    granted = [build_facility(code) for code in facilities]
    connector = Connector.objects.create(name=name, facility=granted[0], created_at=NEW_YEAR)
    connector.facilities.set(granted)
    return connector


def build_meaning(code: str, facility: str, *, authority: str = "npi", since: date = BEGINNING) -> None:
    """Say that a code of an authority means a facility."""
    mean(
        Named(FACILITY, authority, code),
        Target(facility_id=build_facility(facility).pk),
        since=since,
        reason="as of a test",
        by=None,
        at=NEW_YEAR,
    )

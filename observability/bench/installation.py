"""The one facility and connector of a scratch database."""

from dataclasses import dataclass

from integrations.catalogue.code_kinds import FACILITY
from integrations.ingest.auth import Sender, sender_of
from integrations.ingest.credentials import create_connector
from integrations.models import Connector, Facility
from integrations.reference.crosswalk import Named, Target, mean
from observability.bench import claims
from observability.core import clock

UNLIMITED = 10_000_000  # items a second: what is measured is the machine, not the connector's limit
CODE = "BENCH"


class NotEmpty(Exception):
    """The database holds somebody's data."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Who sends, and the key to send with."""

    sender: Sender
    key: str
    facility_id: int


def install() -> Installation:
    """Make the facility and the connector. Raises NotEmpty where the database already has facilities."""
    if Facility.objects.exists():
        raise NotEmpty("This database is not empty: the bench fills one of its own. Leave out --here.")
    facility = Facility.objects.create(code=CODE, name="Bench", zone="America/Chicago")
    mean(
        Named(FACILITY, "npi", claims.NPI),
        Target(facility_id=facility.pk),
        reason="what the bench sends",
        by=None,
        at=clock.now(),
    )
    issued = create_connector("bench", [CODE], clock.now())
    Connector.objects.update(events_per_second=UNLIMITED, burst=UNLIMITED)
    found = sender_of(f"Bearer {issued.key}")
    if found is None:
        raise RuntimeError("the bench's own key was refused")
    return Installation(found, issued.key, facility.pk)

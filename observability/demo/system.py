"""Make the health system: facilities and their crosswalk, connectors and their keys. Safe to run again."""

from datetime import datetime
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from integrations.ingest.credentials import create_connector, issue_key
from integrations.models import CodeKind, Connector, Facility, Place, PlaceKind, ReferenceEntity, System
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import add_place, belong
from observability.demo.network import CLEARINGHOUSE, CONNECTORS, EHR, NETWORK, PLACES, REGIONS, REVENUE

REGISTER = Path(__file__).with_name("register.json")
OWNER = "Integration team"
REFERENCE = Path(__file__).with_name("reference.json")
EVENTS_ONLY = (EHR, REVENUE, CLEARINGHOUSE)
DATABASE = """
SELECT format('%s-%s', s.system_identifier, d.oid)
  FROM pg_control_system() s, pg_database d
 WHERE d.datname = current_database()
"""


@transaction.atomic
def make_facilities(at: datetime) -> None:
    """Make the facilities and the provider numbers that messages name them by."""
    for place in PLACES:
        facility, _ = Facility.objects.update_or_create(
            code=place.code, defaults={"name": place.name, "kind": place.kind, "zone": place.zone}
        )
        mean(
            Named(CodeKind.FACILITY, "npi", place.npi),
            Target(facility_id=facility.pk),
            owner=OWNER,
            reason="the demonstration's provider numbers",
            by=None,
            at=at,
        )


@transaction.atomic
def make_hierarchy(at: datetime) -> None:
    """Say which facility lies in which region of the network, and make the departments."""
    network = _place(PlaceKind.NETWORK, *NETWORK, None, at)
    for code, name, members in REGIONS:
        region = _place(PlaceKind.REGION, code, name, network, at)
        for facility in Place.objects.filter(kind=PlaceKind.FACILITY, code__in=members):
            belong(facility, to=region, by=None, at=at, reason="the demonstration's hierarchy")
    facilities = {p.code: p for p in Place.objects.filter(kind=PlaceKind.FACILITY)}
    for place in PLACES:
        for department, _ in place.departments:
            _place(PlaceKind.DEPARTMENT, department, department, facilities[place.code], at)


def _place(kind: PlaceKind, code: str, name: str, parent: Place | None, at: datetime) -> Place:
    known = Place.objects.filter(kind=kind, code=code)
    if parent is not None:
        known = known.filter(upward__parent=parent)
    return known.first() or add_place(kind, code, name, parent=parent, by=None, at=at)


def keys_for_now(at: datetime) -> dict[str, str]:
    """Return a key for each connector, made for this run: keys are shown once and never kept in clear."""
    return {name: _key(name, at) for name in CONNECTORS}


def declare_systems() -> None:
    """Import register and reference data as a customer would, once: what people change stays."""
    if not System.objects.exists():
        call_command("catalogue", "apply", str(REGISTER), stdout=StringIO())
    if not ReferenceEntity.objects.exists():
        call_command("reference", "apply", str(REFERENCE), stdout=StringIO())


@transaction.atomic
def _key(name: str, at: datetime) -> str:
    known = Connector.objects.filter(name=name).first()
    if known is not None:
        return issue_key(known, at).key
    codes = [place.code for place in PLACES]
    signals = ("events", "heartbeats") if name in EVENTS_ONLY else ("traces", "metrics", "logs", "heartbeats")
    made = create_connector(name, codes, at, signals=signals)
    made.connector.title = CONNECTORS[name]
    made.connector.save(update_fields=["title"])
    return made.key


def database_name() -> str:
    """Return what tells this database from every other, and from a later one under the same address."""
    with connection.cursor() as cursor:
        cursor.execute(DATABASE)
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - the query always has one row
    return str(row[0])

"""Make the health system: facilities and their crosswalk, connectors and their keys. Safe to run again."""

from datetime import datetime
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from integrations.catalogue.code_kinds import FACILITY
from integrations.ingest.credentials import create_connector, issue_key
from integrations.models import (
    Connector,
    Facility,
    FacilityKind,
    LocalCode,
    ReferenceEntity,
    System,
)
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import add_facility
from observability.demo.network import CLEARINGHOUSE, CONNECTORS, EHR, OWN_NAMES, PLACES, REVENUE

REGISTER = Path(__file__).with_name("register.json")
OWNER = "Integration team"
REFERENCE = Path(__file__).with_name("reference.json")
CROSSWALK = Path(__file__).with_name("crosswalk.csv")
EVENTS_ONLY = (EHR, REVENUE, CLEARINGHOUSE)
DATABASE = """
SELECT format('%s-%s', s.system_identifier, d.oid)
  FROM pg_control_system() s, pg_database d
 WHERE d.datname = current_database()
"""


@transaction.atomic
def make_facilities(at: datetime) -> None:
    """Make the facilities, once, and the provider numbers that messages name them by."""
    known = dict(Facility.objects.values_list("code", "pk"))
    for place in PLACES:
        if place.code not in known:
            kind = FacilityKind(place.kind)
            made = add_facility(place.code, place.name, kind=kind, zone=place.zone, by=None, at=at)
            known[place.code] = Facility.objects.get(place=made).pk
        names = [("npi", place.npi), *([OWN_NAMES[place.code]] if place.code in OWN_NAMES else [])]
        for authority, code in names:
            mean(
                Named(FACILITY, authority, code),
                Target(facility_id=known[place.code]),
                owner=OWNER,
                reason="the demonstration's provider numbers",
                by=None,
                at=at,
            )


def keys_for_now(at: datetime) -> dict[str, str]:
    """Return a key for each connector, made for this run: keys are shown once and never kept in clear."""
    return {name: _key(name, at) for name in CONNECTORS}


def declare_systems() -> None:
    """Import register, reference data and crosswalk as a customer would, once: what people change stays."""
    if not System.objects.exists():
        call_command("catalogue", "apply", str(REGISTER), stdout=StringIO())
    if not ReferenceEntity.objects.exists():
        call_command("reference", "apply", str(REFERENCE), stdout=StringIO())
    if not LocalCode.objects.filter(kind="plan").exists():
        call_command("crosswalk", "apply", str(CROSSWALK), stdout=StringIO())


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

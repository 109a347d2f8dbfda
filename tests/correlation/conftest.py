"""What correlation needs to stand on: one facility, one connector that may post for it."""

import pytest
from django.db import connection

from integrations.models import Connector, Facility
from observability.core import clock
from tests.correlation.speech import CONNECTOR, FACILITY


@pytest.fixture
def facility(db: None) -> Facility:
    """The one facility, and the connector granted to it."""
    facility = Facility.objects.create(pk=FACILITY, code="STM", name="St. Mary's", zone="America/Chicago")
    connector = Connector.objects.create(
        pk=CONNECTOR, name="clearinghouse", facility=facility, created_at=clock.now()
    )
    connector.facilities.add(facility)
    # The ids were given, not drawn: what else a test makes must not draw them again.
    with connection.cursor() as cursor:
        for table in ("facility", "connector"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")
    return facility

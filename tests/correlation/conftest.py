"""What correlation needs to stand on: one facility, one connector that may post for it."""

import pytest

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
    return facility

"""Who sends in these tests."""

import pytest

from tests.build import build_facility
from tests.ingest.posting import Poster, poster


@pytest.fixture
def shared() -> Poster:
    """A clearinghouse for two facilities in two zones."""
    build_facility("SOUTH", zone="America/Los_Angeles")
    return poster("clearinghouse", facilities=("NORTH", "SOUTH"))

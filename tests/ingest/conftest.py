"""What every test of the edge shares: a connector with a key."""

import pytest

from tests.ingest.posting import Poster, poster


@pytest.fixture
def post(db: None) -> Poster:
    """A connector of the facility NORTH that posts through the test client."""
    return poster()

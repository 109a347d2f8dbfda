"""What every test of the edge shares: fresh caches, and a connector with a key."""

from collections.abc import Iterator

import pytest

from integrations.ingest import auth, crosswalks, failpoints, limits, pressure
from tests.ingest.posting import Poster, poster


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    for module in (auth, crosswalks, limits, pressure):
        module.forget()
    yield
    failpoints.clear()


@pytest.fixture
def post(db: None) -> Poster:
    """A connector of the facility NORTH that posts through the test client."""
    return poster()

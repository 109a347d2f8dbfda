"""A connector for claim files, and nothing remembered from the test before."""

import pytest

from integrations.ingest import auth, crosswalks, limits, pressure
from tests.build import build_meaning
from tests.ingest.posting import Poster, poster
from tracing.storage import keys


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    keys.forget_issuers()
    for module in (auth, crosswalks, limits, pressure):
        module.forget()


@pytest.fixture
def post() -> Poster:
    """A connector of two facilities: the clinic NORTH, and SOUTH, which an NPI names."""
    connector = poster("claims", facilities=("NORTH", "SOUTH"))
    build_meaning("9000000031", "SOUTH")
    crosswalks.forget()
    return connector

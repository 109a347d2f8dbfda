"""A provider to sign in with."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from observability.accounts import groups
from observability.accounts.granting import Terms
from observability.accounts.groups import Rule
from observability.accounts.oidc import provider as known_provider
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import build_facility
from tests.build.provider import CLIENT, SECRET, Provider, providing

MEMBER = {"groups": ["billing"], "preferred_username": "bea", "name": "Bea Miller"}


@pytest.fixture(scope="session")
def running() -> Iterator[Provider]:
    with providing() as found:
        yield found


@pytest.fixture
def provider(running: Provider, settings: Settings) -> Iterator[Provider]:
    """The provider as it is without a test's changes; its group `billing` is support at NORTH."""
    for name, value in vars(Provider(url=running.url)).items():
        setattr(running, name, value)
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = running.url, CLIENT
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = SECRET, "North Health"
    known_provider.forget()
    terms = Terms(role=Role.SUPPORT, facility_id=build_facility("NORTH").pk)
    groups.apply([Rule("billing", terms)], at=now())
    running.claims = dict(MEMBER)
    yield running
    known_provider.forget()

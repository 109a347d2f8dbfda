"""What every test may ask for, and what none may do."""

import socket
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from integrations.ingest import auth, crosswalks, failpoints, limits, pressure
from observability import health
from observability.core import keyring
from tests.build.audit import empty_audit
from tests.build.days import empty
from tracing.storage import keys, wordings

LOCAL = {"127.0.0.1", "::1", "localhost"}
# A property holds or not; how long a busy machine takes for an example says nothing about it.
settings.register_profile("throughline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("throughline")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what was logged sendable: a lone surrogate that a test logs cannot cross to another process."""
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """Forget what a process remembers of its database: each test has another one."""
    for module in (auth, crosswalks, limits, pressure, health):
        module.forget()
    keys.forget_issuers()
    wordings.forget()
    keyring.forget()
    yield
    failpoints.clear()


@pytest.fixture(autouse=True)
def _empty_partitions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the partitioned tables after a test that commits: Django flushes only what it manages."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits:
        request.getfixturevalue("transactional_db")  # so that this ends before the database is taken away
    yield
    if commits:
        empty("inbox", "span")
        empty_audit()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOCAL:
            raise OSError(f"a test may not connect to {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", refuse)

"""What the pages stand on: two facilities, a connector for each, people, and events that came by the door."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from integrations.catalogue import key_kinds
from integrations.ingest import auth, crosswalks, limits, pressure
from observability.accounts.roles import Role
from observability.core import clock
from tests.build import build_user, sign_in
from tests.ingest.posting import Poster, poster
from tracing.storage import keys
from tracing.storage.drain import drain

DeclareKind = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def _no_memory_of_other_databases() -> None:
    for module in (auth, crosswalks, limits, pressure):
        module.forget()
    keys.forget_issuers()


@dataclass
class Hospital:
    """One facility: what is posted for it is in the store at once."""

    poster: Poster

    def told(self, *events: dict[str, Any]) -> None:
        answer = self.poster.events(list(events))
        assert answer.status_code == 200, answer.content
        drain(seconds=30)


@pytest.fixture
def at() -> datetime:
    """Now, to the second."""
    return clock.now().replace(microsecond=0)


@pytest.fixture
def north(db: None) -> Hospital:
    return Hospital(poster("north-claims", facilities=("NORTH",)))


@pytest.fixture
def south(db: None) -> Hospital:
    return Hospital(poster("south-claims", facilities=("SOUTH",)))


@pytest.fixture
def declare_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeclareKind]:
    """Declare a kind of identifier as of another class: `declare_kind("account", "sensitive")`."""

    def declare(kind: str, privacy_class: str) -> None:
        told = [
            line.replace("class: identifier", f"class: {privacy_class}")
            if line.startswith(f"  {kind}:")
            else line
            for line in key_kinds.DATA.read_text().splitlines()
        ]
        file = tmp_path / "key_kinds.yaml"
        file.write_text("\n".join(told))
        monkeypatch.setattr(key_kinds, "DATA", file)
        key_kinds.kinds.cache_clear()

    yield declare
    key_kinds.kinds.cache_clear()


@pytest.fixture
def alice(north: Hospital) -> Client:
    """Alice supports NORTH."""
    return sign_in(Client(), build_user("alice", role=Role.SUPPORT, at=("NORTH",)))


@pytest.fixture
def charlie(south: Hospital) -> Client:
    """Charlie supports SOUTH and must see nothing of NORTH."""
    return sign_in(Client(), build_user("charlie", role=Role.SUPPORT, at=("SOUTH",)))


@pytest.fixture
def erin(north: Hospital) -> Client:
    """Erin is an executive at NORTH: she sees transactions, but no spans, and reveals nothing."""
    return sign_in(Client(), build_user("erin", role=Role.EXECUTIVE, at=("NORTH",)))


def days(n: float) -> timedelta:
    return timedelta(days=n)

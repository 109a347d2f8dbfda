"""T47b: sealing keys rotate under traffic; no identifier is ever one that cannot be opened."""

import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from integrations.ingest.parked import unpark
from observability.accounts.models import AuditRow, Reveal, User
from observability.accounts.roles import Role
from observability.core import clock, keyring
from observability.core.seal import unseal
from tests.build import build_user, sign_in
from tests.build.claims import submitted
from tests.ingest.posting import Poster, poster
from tracing.models import Identifier, Transaction, TransactionKey
from tracing.storage import reseal, seal_keys
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)
OLD = "old:" + "A" * 43
ENOUGH_SECONDS = 60


@pytest.fixture
def ring(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of keys with one key, which every process looks at all the time."""
    file = tmp_path / "seal-keys"
    file.write_text(OLD + "\n")
    file.chmod(0o600)
    settings.SEAL_KEYS_FILE, settings.KEY_RING_SECONDS = str(file), 0.05
    monkeypatch.setattr(seal_keys, "SETTLED_SECONDS", 0.5)
    keyring.forget()
    return file


def run(*words: str) -> str:
    """Run `manage.py seals`."""
    said = io.StringIO()
    call_command("seals", *words, stdout=said)
    return said.getvalue()


def within_time(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the traffic beside it goes on meanwhile."""
    deadline, waiting = time.monotonic() + ENOUGH_SECONDS, threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        waiting.wait(0.02)


def dropped(kid: str) -> bool:
    """Try to take a key away; say whether that was allowed."""
    try:
        run("drop", kid)
    except CommandError:
        return False
    return True


class Traffic:
    """Claims that are posted, applied and read again, each by threads of their own, until it is over."""

    def __init__(self, sender: Poster) -> None:
        self.sender = sender
        self.over = threading.Event()
        self.faults: list[str] = []
        self.posted = self.opened = 0

    def write(self, n: int) -> None:
        made = 0
        while not self.over.is_set():
            claims = [submitted(f"W{n}-{made}-{each}", clock.now()) for each in range(20)]
            if self.sender.events(claims).status_code == 200:
                self.posted += len(claims)
            made += 1
            self.over.wait(0.02)

    def apply(self, n: int) -> None:
        while not self.over.is_set():
            drain(seconds=1)

    def read(self, n: int) -> None:
        kinds = {"account": "A-", "patient_control_number": "W"}
        while not self.over.is_set():
            rows = list(Identifier.objects.filter(kind__in=kinds).order_by("-token")[:50])
            for row in random.sample(rows, min(10, len(rows))):
                key = keyring.seal_key(row.key_id)
                if key is None:
                    self.faults.append(f"no key {row.key_id}")
                    continue
                clear = unseal(key, token=row.token.bytes, kind=row.kind, sealed=bytes(row.sealed))
                self.opened += clear.startswith(kinds[row.kind])


@contextmanager
def going_on(traffic: Traffic) -> Iterator[None]:
    def guarded(work: Callable[[int], None], n: int) -> None:
        try:
            work(n)
        except Exception as exc:  # noqa: BLE001 - whatever it was, the test tells of it
            traffic.faults.append(repr(exc))
        finally:
            connection.close()

    jobs = [(traffic.write, 1), (traffic.write, 2), (traffic.apply, 1), (traffic.read, 1), (traffic.read, 2)]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        traffic.over.set()
        for thread in threads:
            thread.join(30)


def revealed() -> tuple[Client, Transaction]:
    """Somebody who sees the identifiers of the first claim in clear."""
    user: User = build_user(role=Role.SUPPORT)
    first = TransactionKey.objects.filter(workflow="claim", direct=True).first()
    assert first is not None
    at = clock.now()
    Reveal.objects.create(
        user=user,
        transaction_id=first.transaction_id,
        reason="a call about this claim",
        granted_at=at,
        expires_at=at + timedelta(minutes=15),
    )
    return sign_in(Client(), user), Transaction.objects.get(pk=first.transaction_id)


def test_keys_rotate_under_traffic_without_one_that_cannot_be_opened(ring: Path) -> None:
    sender = poster()
    sender.events([submitted("FIRST-1234567", clock.now())])
    drain(seconds=10)
    person, claim = revealed()

    def shows_it() -> bool:
        return b"FIRST-1234567" in person.get(f"/transactions/{claim.pk}/").content

    traffic = Traffic(sender)
    with going_on(traffic):
        within_time(lambda: traffic.posted > 100 and traffic.opened > 50)
        run("add", "new")
        opened = traffic.opened
        assert shows_it()
        within_time(lambda: Identifier.objects.filter(key_id="new").exists())
        within_time(lambda: "brought under new" in run("reseal") and dropped("old"))
        assert shows_it()
        posted = traffic.posted
        within_time(lambda: traffic.posted > posted + 100 and traffic.opened > opened + 50)

    assert traffic.faults == []
    drain(seconds=10)
    assert not Identifier.objects.exclude(key_id="new").exists()
    assert "old" not in ring.read_text()
    assert set(AuditRow.objects.values_list("act", "object_id")) >= {
        ("seal_key_added", "new"),
        ("seal_key_dropped", "old"),
    }


def test_a_process_that_has_not_looked_yet_looks_when_it_meets_an_unknown_key(
    ring: Path, settings: Settings
) -> None:
    settings.KEY_RING_SECONDS = 3_600
    stale = keyring.RingReader("SEAL_KEYS")
    assert stale.ring().current == "old"
    run("add", "new")

    assert stale.key("new") is not None
    assert stale.ring().current == "new"


def test_a_key_that_is_in_use_stays(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_keys, "SETTLED_SECONDS", 0)
    sender = poster()
    sender.events([submitted("CLM-1", clock.now())])
    run("add", "new")

    with pytest.raises(CommandError, match="requests not yet applied"):
        run("drop", "old")
    drain(seconds=10)
    with pytest.raises(CommandError, match="identifiers"):
        run("drop", "old")
    with pytest.raises(CommandError, match="is the key that seals"):
        run("drop", "new")
    assert "old: 0 second factors, 0 requests" in run("status")
    assert "in use" in run("status")
    run("reseal")
    assert "may be taken away" in run("status")
    run("drop", "old")


def test_what_was_set_aside_is_sealed_anew_and_can_still_be_applied(
    ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_keys, "SETTLED_SECONDS", 0)
    sender = poster()
    sender.events([submitted("CLM-1", clock.now())])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET attempts = 99")
    drain(seconds=5)  # parks what has no attempt left
    run("add", "new")
    run("reseal")
    run("drop", "old")

    assert unpark(None) == 1
    drain(seconds=10)
    assert set(Identifier.objects.values_list("key_id", flat=True)) == {"new"}


def test_a_walk_goes_on_where_it_was_interrupted(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = poster()
    sender.events([submitted(f"CLM-{n}", clock.now()) for n in range(4)])
    drain(seconds=10)
    total = Identifier.objects.count()
    run("add", "new")
    monkeypatch.setattr(reseal, "BATCH", 3)

    first = reseal.walk(at=clock.now(), seconds=0)
    assert first is not None
    assert (first.resealed, first.finished_at) == (3, None)
    second = reseal.walk(at=clock.now(), seconds=60)
    assert second is not None
    assert (second.resealed, second.unopened) == (total, 0)
    assert second.finished_at is not None


def test_an_identifier_whose_key_is_lost_is_told_on_its_page(ring: Path) -> None:
    sender = poster()
    sender.events([submitted("CLM-1234567", clock.now())])
    drain(seconds=10)
    person, claim = revealed()
    ring.write_text("other:" + "B" * 43)
    keyring.forget()

    page = person.get(f"/transactions/{claim.pk}/")
    assert page.status_code == 200
    assert b"the key that sealed it is not here" in page.content
    assert b"CLM-1234567" not in page.content
    with pytest.raises(CommandError, match="cannot be opened"):
        run("reseal")


def test_a_file_that_others_may_read_or_that_is_broken_is_not_taken(
    ring: Path, log_lines: io.StringIO
) -> None:
    ring.chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match="open to others"):
        keyring.seal_keys()
    ring.chmod(0o600)
    assert keyring.seal_keys().current == "old"
    ring.write_text("half a ro")  # in service the last good ring holds, and the log says so without it

    keyring.seal_key("unknown")
    assert keyring.seal_keys().current == "old"
    assert "key_ring_unreadable" in log_lines.getvalue()
    assert "A" * 43 not in log_lines.getvalue()

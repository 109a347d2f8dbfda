"""T43: identifiers planted in everything that is sent are in no table, no log line and no answer."""

import io
from itertools import islice

import pytest

from integrations.models import Inbox
from observability.core import clock
from tests.ingest.posting import Poster, poster
from tests.privacy.canaries import FORMS, Canary, canaries
from tests.privacy.carriers import CARRIERS
from tests.privacy.stores import dumped, places
from tracing.models import Transaction
from tracing.storage.drain import drain
from tracing.storage.sweep import sweep_orphans

pytestmark = pytest.mark.django_db(transaction=True)
# Ten digits: short numbers stand in times, counts and hexadecimal text by chance.
FIRST = 4_711_000_000


def planted() -> dict[str, list[Canary]]:
    """Return carrier -> canaries: every class of identifier in every carrier, each value once."""
    supply = canaries(FIRST)
    return {name: list(islice(supply, len(FORMS))) for name in CARRIERS}


def send(post: Poster, sent: dict[str, list[Canary]]) -> dict[str, bytes]:
    """Send each carrier its canaries; return the bodies of the answers."""
    return {name: CARRIERS[name](post, [c.value for c in found]).content for name, found in sent.items()}


def test_what_is_planted_is_found_nowhere(log_lines: io.StringIO) -> None:
    sent = planted()
    assert sum(map(len, sent.values())) >= 500

    bodies = send(poster(), sent)
    drain(seconds=60)
    sweep_orphans(clock.now())

    # Something was stored of it, so the tables are not clean because they are empty.
    assert Inbox.objects.filter(done_at__isnull=False).count() >= len(CARRIERS) - 5
    assert Transaction.objects.exists()
    tables = list(dumped())
    leaks = [
        f"{carrier}: {canary.kind} {canary.value!r} in {where}"
        for carrier, found in sent.items()
        for canary in found
        for where in _where(canary.needle, tables, log_lines.getvalue(), bodies[carrier])
    ]
    assert leaks == []


def _where(needle: str, tables: list[tuple[str, bytes]], log: str, body: bytes) -> list[str]:
    plain, hidden = needle.encode(), needle.encode().hex().encode()
    found = [table for table, rows in tables if plain in rows or hidden in rows]
    return found + ["the log"] * (needle in log) + ["the answer"] * (plain in body)


def test_the_search_finds_what_is_there() -> None:
    post = poster("found-4711999999")
    CARRIERS["event key"](post, ["A-1"])

    assert any(table.endswith(".connector") for table in places("4711999999"))
    assert any("inbox" in table for table in places("charge.captured"))

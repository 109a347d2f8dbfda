"""T43: identifiers planted in everything that is sent are in no table, no log line and no answer."""

import io
from itertools import islice

import pytest

from integrations.models import Inbox
from observability.core import clock
from tests.ingest.posting import Poster, poster
from tests.privacy.canaries import FORMS, PLAIN, Canary, canaries, plain_names
from tests.privacy.carriers import CARRIERS, DEPARTMENTS, REASONS
from tests.privacy.stores import dumped, places
from tracing.models import Fact, Transaction
from tracing.storage.drain import drain
from tracing.storage.sweep import sweep_orphans
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.django_db(transaction=True)
# Ten digits: short numbers stand in times, counts and hexadecimal text by chance.
FIRST = 4_711_000_000


def planted() -> dict[str, list[Canary]]:
    """Return carrier -> canaries: every class of identifier in every carrier, each value once."""
    supply = canaries(FIRST)
    return {name: list(islice(supply, len(FORMS))) for name in CARRIERS}


def send(post: Poster, sent: dict[str, list[Canary]]) -> dict[str, bytes]:
    """Send each carrier its canaries; return the bodies of the answers."""
    every = CARRIERS | DEPARTMENTS | REASONS
    return {name: every[name](post, [c.value for c in found]).content for name, found in sent.items()}


def test_what_is_planted_is_found_nowhere(log_lines: io.StringIO) -> None:
    sent = planted()
    assert sum(map(len, sent.values())) >= 500

    bodies = send(poster(), sent)
    drain(seconds=60)
    sweep_orphans(clock.now())

    # Something was stored of it, so the tables are not clean because they are empty.
    assert Inbox.objects.filter(done_at__isnull=False).count() >= len(CARRIERS) - 5
    assert Transaction.objects.exists()
    assert leaks(sent, bodies, log_lines.getvalue()) == []


def test_a_name_of_plain_words_sent_as_a_department_is_found_nowhere(log_lines: io.StringIO) -> None:
    supply = plain_names()
    sent = {name: list(islice(supply, 4 * len(PLAIN))) for name in DEPARTMENTS}

    bodies = send(poster(), sent)
    drain(seconds=60)
    count_unmapped(clock.now())

    told = set(Fact.objects.values_list("department", flat=True))
    assert len(told) == sum(map(len, sent.values()))  # each name is still told from every other
    assert leaks(sent, bodies, log_lines.getvalue()) == []


def test_a_sentence_sent_as_a_reason_is_found_nowhere(log_lines: io.StringIO) -> None:
    supply = (canary for canary in plain_names() if " " in canary.value)
    sent = {name: list(islice(supply, 4 * len(PLAIN))) for name in REASONS}

    bodies = send(poster(), sent)
    drain(seconds=60)

    assert Fact.objects.count() == sum(map(len, sent.values()))
    assert set(Fact.objects.values_list("reason", flat=True)) <= {None, ""}
    assert leaks(sent, bodies, log_lines.getvalue()) == []


def leaks(sent: dict[str, list[Canary]], bodies: dict[str, bytes], log: str) -> list[str]:
    """Say where what was sent is found; letters large or small."""
    tables = [(table, rows.lower()) for table, rows in dumped()]
    return [
        f"{carrier}: {canary.kind} {canary.value!r} in {where}"
        for carrier, found in sent.items()
        for canary in found
        for where in _where(canary.needle, tables, log.lower(), bodies[carrier].lower())
    ]


def _where(needle: str, tables: list[tuple[str, bytes]], log: str, body: bytes) -> list[str]:
    plain, hidden = needle.encode(), needle.encode().hex().encode()
    found = [table for table, rows in tables if plain in rows or hidden in rows]
    return found + ["the log"] * (needle in log) + ["the answer"] * (plain in body)


def test_the_search_finds_what_is_there() -> None:
    post = poster("found-4711999999")
    CARRIERS["event key"](post, ["A-1"])

    assert any(table.endswith(".connector") for table in places("4711999999"))
    assert any("inbox" in table for table in places("charge.captured"))

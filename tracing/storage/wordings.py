"""Keep each combination of words that messages have for facility, department, payer and the like once."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

import msgspec
from msgspec.structs import astuple

from integrations.ingest.records import Event, Origin, Word
from observability.core.copying import Staging

CACHED = 16_384
INSERT = """
    INSERT INTO wording (id, names, facility, department, payer, codes)
    SELECT id, string_to_array(names, E'\\x1f'), facility, department, payer, string_to_array(codes, E'\\x1f')
      FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(facilities)s::text[], %(departments)s::text[],
                  %(payers)s::text[], %(codes)s::text[]) AS w(id, names, facility, department, payer, codes)
     ORDER BY id
    ON CONFLICT (id) DO NOTHING
"""
BETWEEN = "\x1f"  # stands in no name: those are printable
Words = tuple[tuple[tuple[str, str], ...], str, str, str, tuple[Word, ...]]
# Already written by this process; the table is small and only ever grows.
_known: set[int] = set()
_packed = msgspec.msgpack.Encoder().encode


def words_of(origin: Origin) -> Words:
    """Return the words alone: when it was said makes no other wording."""
    return origin.names, origin.facility or "", origin.department or "", origin.payer or "", origin.codes


@lru_cache(maxsize=CACHED)
def _id(words: Words) -> int:
    said = words if words[4] else words[:4]  # as before there were other codes: known wordings keep their id
    return int.from_bytes(sha256(_packed(said)).digest()[:8], "big", signed=True)


def wording_of(event: Event) -> int | None:
    """Return the id of an event's wording, None where its words were not kept."""
    return None if event.origin is None else _id(words_of(event.origin))


def introduce(cursor: Staging, events: Iterable[Event]) -> set[int]:
    """Write the wordings that this process has not written yet; answer their ids."""
    new: dict[int, Words] = {}
    for event in events:
        if event.origin is not None:
            words = words_of(event.origin)
            wording_id = _id(words)
            if wording_id not in _known:
                new[wording_id] = words
    if not new:
        return set()
    rows = sorted(new.items())
    cursor.execute(
        INSERT,
        {
            "ids": [wording_id for wording_id, _ in rows],
            "names": [BETWEEN.join(part for name in words[0] for part in name) for _, words in rows],
            "facilities": [words[1] for _, words in rows],
            "departments": [words[2] for _, words in rows],
            "payers": [words[3] for _, words in rows],
            "codes": [BETWEEN.join(p for c in words[4] for p in astuple(c)) for _, words in rows],
        },
    )
    return set(new)


def remember(new: set[int]) -> None:
    """Take note, once the pass is committed, of the wordings it wrote."""
    _known.update(new)


def forget() -> None:
    """Drop that memory: the database behind it is another one (tests, a restored backup)."""
    _known.clear()

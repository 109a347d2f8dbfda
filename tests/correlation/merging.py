"""Builders of merges, moves and their undoing, in the words of tests/correlation/speech.py."""

import msgspec

from integrations.ingest.records import Alias, Event
from tests.correlation.speech import FACILITY, Said, key_of, raw

TURNS = ("P", "S")


def renamed(name: str, old: str, new: str, hours: float, *, within: str | None = None) -> Event:
    """Return the event that `old` ("kind:value") has the number `new` now, `within` what carries that key.

    For a claim ("pcn:C1") its claims to each payer in turn are renamed with it.
    """
    kind, _, number = old.partition(":")
    names: list[tuple[bytes, bytes, str | None]] = [(raw("token", old), raw("token", new), None)]
    if kind == "pcn":
        other = new.partition(":")[2]
        for turn in TURNS:
            a, b = f"{number}/{turn}", f"{other}/{turn}"
            names.append((raw("token", f"claim:{a}"), raw("token", f"claim:{b}"), None))
            names.append((raw("txn", "claim", a), raw("txn", "claim", b), "claim"))
    holder = raw("token", within) if within else None
    aliases = tuple(Alias(kind, a, b, workflow, holder) for a, b, workflow in names)
    keys = tuple(key_of(each) for each in (old, new, within) if each)
    return _event(name, hours, f"{old}>{new}@{within}", aliases=aliases, keys=keys)


def restored(name: str, undoes: str, hours: float = 500) -> Event:
    """Return the event that takes back the merge or move of that name."""
    return _event(name, hours, undoes, undoes=raw("event", undoes))


def _event(name: str, hours: float, content: str, **said: object) -> Event:
    blank = Said(name, None, "", hours, type="key.merged.v1", facility=FACILITY).event()
    return msgspec.structs.replace(
        blank, bindings=(), content_hash=raw("content", name, content, hours), **said
    )

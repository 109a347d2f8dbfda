"""PostgreSQL and Valkey together on one data folder, found by every other process of this checkout."""

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from observability import env
from observability.embedded.accounts import current
from observability.embedded.discovery import Servers, current_note
from observability.embedded.locks import hold
from observability.embedded.places import Place, clear, prepare, socket_folder, write_whole
from observability.embedded.postgres import Postgres
from observability.embedded.valkey import Valkey

ANCHORS = "anchors"
ANNOUNCED = ("DATABASE_URL", "REDIS_URL", "DATABASE_OWNER_URL", "THROUGHLINE_AUDIT_ANCHORS_DIR")


@dataclass
class Pair:
    """The servers of one data folder and the lock that makes us their only owner."""

    place: Place
    lock: IO[str]
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """Stop both servers and give the folder back."""
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()
        self.place.state.unlink(missing_ok=True)
        if self.postgres and self.postgres.sockets.parent != self.place.home:
            with contextlib.suppress(OSError):  # gone already, or somebody still listens there
                self.postgres.sockets.rmdir()
        self.lock.close()


def start(
    folder: Path,
    *,
    fresh: bool = False,
    database_url: str = "",
    redis_url: str = "",
    settings: Mapping[str, str] | None = None,
) -> Pair:
    """Start the servers whose address is not given, on the data in `folder`.

    Raises EmbeddedError where one cannot start. `fresh` deletes that data first.
    The returned pair's `environment` has the addresses for child processes.
    """
    folder = folder.absolute()
    lock = hold(folder / "running.lock", what=f"The data folder {folder}")
    pair = Pair(place=prepare(folder), lock=lock)
    if fresh:
        clear(pair.place)
        shutil.rmtree(folder / ANCHORS, ignore_errors=True)  # they are of the chain that is forgotten
        pair.place = prepare(folder)
    try:
        _start_both(pair, database_url, redis_url, settings)
    except BaseException:
        pair.stop()
        raise
    return pair


def _start_both(pair: Pair, database_url: str, redis_url: str, settings: Mapping[str, str] | None) -> None:
    owner_url = env.text("DATABASE_OWNER_URL", "") or database_url
    if not database_url:
        pair.postgres = Postgres(pair.place, settings)
        pair.postgres.start()
        database_url, owner_url = pair.postgres.url, pair.postgres.owner_url
    if not redis_url:
        sockets = pair.postgres.sockets if pair.postgres else socket_folder(pair.place, current())
        pair.valkey = Valkey(pair.place, sockets)
        pair.valkey.start()
        redis_url = pair.valkey.url
    pair.environment = {
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": redis_url,
        "THROUGHLINE_AUDIT_ANCHORS_DIR": env.text(
            "THROUGHLINE_AUDIT_ANCHORS_DIR", str(pair.place.folder / ANCHORS)
        ),
    }


def announce(pair: Pair) -> None:
    """Write down where the servers are, so that `manage.py` in another shell finds them."""
    found = Servers(*(pair.environment[name] for name in ANNOUNCED))
    state = {"pid": os.getpid(), **dataclasses.asdict(found)}
    write_whole(pair.place.state, json.dumps(state))
    note = current_note()
    note.parent.mkdir(parents=True, exist_ok=True)
    write_whole(note, str(pair.place.folder))

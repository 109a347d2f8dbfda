"""One owner per data folder: an advisory lock that the kernel drops when its holder dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from observability.embedded.problems import AlreadyRunning, EmbeddedError

# A reader that asks whether somebody runs holds the lock for an instant; a starter waits that out.
READER_SECONDS = 1.0
OTHER = "another folder with --data"


def hold(path: Path, *, what: str) -> IO[str]:
    """Take the lock `path` for as long as the returned file stays open.

    Raises AlreadyRunning with the number of the process that holds it; `what` names what it holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("a+")
    except PermissionError:
        raise EmbeddedError(
            f"{path} belongs to another user: start as that user, or choose {OTHER}."
        ) from None
    end = time.monotonic() + READER_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = _holder(file)
                file.close()
                raise AlreadyRunning(
                    f"{what} is already in use by {holder}: stop that one first, or choose {OTHER}."
                ) from None
            time.sleep(0.05)
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def is_held(path: Path) -> bool:
    """Say whether a living process holds the lock `path`."""
    try:
        file = path.open("r")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _holder(file: IO[str]) -> str:
    file.seek(0)
    number = file.read().strip()
    return f"process {number}" if number else "another process"

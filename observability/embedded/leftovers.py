"""End the database processes that a killed owner left behind.

The caller holds the lock of the data folder, so nobody else may be working in it.
"""

import os
import signal
from pathlib import Path

from observability.embedded.children import wait_until

PATIENCE_SECONDS = 20.0


def clear(data: Path) -> None:
    """End servers that still work in `data`, then remove the lock file they can no longer vouch for."""
    for ask in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        left = processes_on(data)
        if not left:
            break
        for pid in left:
            _signal(pid, ask)
        wait_until(lambda: not processes_on(data), seconds=PATIENCE_SECONDS, every=0.05)
    if Path("/proc/self/cwd").exists() and not processes_on(data):
        # Its number may by now be anybody's (after a restart of the machine), or the file half written.
        (data / "postmaster.pid").unlink(missing_ok=True)


def processes_on(data: Path) -> list[int]:
    """Return the server processes that work in `data`: all of them have it as their working folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == data and (entry / "comm").read_text().startswith("postgres"):
                found.append(int(entry.name))
        except OSError:  # gone, a zombie, or not ours to look at
            continue
    return found


def _signal(pid: int, ask: signal.Signals) -> None:
    try:
        os.kill(pid, ask)
    except ProcessLookupError:
        return

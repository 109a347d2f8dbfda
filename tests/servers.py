"""A pytest plugin: the database and the broker every test uses, started before settings are read.

Loaded with `-p` from pyproject.toml. A fixture or conftest.py would be too late: pytest-django has read
the settings by then, and the tests would quietly use another server. Workers of xdist inherit the
addresses. With DATABASE_URL and REDIS_URL set, those servers are used and nothing is started.
"""

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from observability.embedded import pair
from observability.embedded.locks import is_held
from observability.embedded.places import clear

JUST_STARTED_SECONDS = 60
PREFIX = "throughline-tests-"
# Durability tests kill this server, so it syncs like a real one; only its size is a test's.
SETTINGS = {
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "max_connections": "150",
    "log_checkpoints": "off",
}


def _start() -> None:
    _remove_left_overs()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # ours alone, and the database's user must enter it
    running = pair.start(
        folder,
        database_url=os.environ.get("DATABASE_URL", ""),
        redis_url=os.environ.get("REDIS_URL", ""),
        settings=SETTINGS,
    )
    os.environ.update(running.environment)
    os.environ["THROUGHLINE_AUDIT_ANCHORS_DIR"] = ""  # one server, many databases, each with its chain
    if running.postgres:
        running.postgres.allow_databases()
    atexit.register(_stop, running, os.getpid())


def _stop(running: pair.Pair, owner: int) -> None:
    if os.getpid() != owner:  # a child that was forked and ends by sys.exit
        return
    running.stop()
    clear(running.place)
    shutil.rmtree(running.place.folder, ignore_errors=True)


def _remove_left_overs() -> None:
    """Remove the folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        lock = folder / "running.lock"
        found = folder.stat()
        if found.st_uid != os.geteuid() or time.time() - found.st_mtime < JUST_STARTED_SECONDS:
            continue
        if lock.exists() and not is_held(lock):
            shutil.rmtree(folder, ignore_errors=True)


# People in tests sign in by a password alone; the tests of second factors demand them.
os.environ.setdefault("THROUGHLINE_MFA_ROLES", "")
# A figure is looked at right after it was counted, and again after the next change.
os.environ.setdefault("THROUGHLINE_KPI_OLD_BUCKET_SECONDS", "0")

if "PYTEST_XDIST_WORKER" not in os.environ and not (
    os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
):
    _start()

"""What happens to a database: no room on its disk, no connection to be had, nothing may be written."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tests.build.audit import as_owner

# What PostgreSQL answers once the file system is full, in words and in code.
FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
END $$
"""
MAY_MAKE = """
SELECT current_setting('data_directory') FROM pg_roles WHERE rolname = current_user AND rolsuper
"""
MOUNTED_KIB, GROWN_KIB = 512, 16_384


@contextmanager
def full_disk(*tables: str) -> Iterator[None]:
    """Every row for one of these tables is one too many for the disk: on any machine, without its disk."""
    trigger = (
        "CREATE TRIGGER disk_is_full BEFORE INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()"
    )
    with as_owner() as owner:
        owner.execute(FULL)
        for table in tables:
            owner.execute(trigger.format(table).encode())
    try:
        yield
    finally:
        with as_owner() as owner:
            owner.execute("DROP FUNCTION disk_is_full CASCADE")


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes nothing any more from whoever connects, as a standby or a server in distress."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
    _altered("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        _altered("SET default_transaction_read_only = off")


@contextmanager
def no_connection() -> Iterator[None]:
    """The limit of connections is reached: the one of this test holds the last."""
    _altered("CONNECTION LIMIT 1")
    try:
        yield
    finally:
        _altered("CONNECTION LIMIT -1")


def _altered(how: str) -> None:
    """Alter the database of this test, and end every other session of it."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" {how}')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid() AND usename = current_user",
            [name],
        )


@contextmanager
def on_a_small_disk(table: str) -> Iterator[Path]:
    """Keep the table on a file system of its own of 512 KiB; `grown` makes more room on it."""
    place = _of_the_database()
    name = f"small_{os.getpid()}"  # known to the whole server, and tests run side by side
    try:
        with as_owner() as owner:
            owner.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'".encode())
            try:
                owner.execute(f"ALTER TABLE {table} SET TABLESPACE {name}".encode())
                yield place
            finally:
                owner.execute(f"TRUNCATE {table}".encode())
                owner.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default".encode())
                owner.execute(f"DROP TABLESPACE {name}".encode())
    finally:
        unmount(place)


def grown(place: Path) -> None:
    """Give a small disk more room, as somebody does who frees some."""
    subprocess.run(["mount", "-o", f"remount,size={GROWN_KIB}k", str(place)], check=True)


def mount(kib: int) -> Path:
    """Return an empty file system of this size that everybody may enter, or skip the test."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small file system")
    place = Path(tempfile.mkdtemp(prefix="throughline-small-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        place.rmdir()
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    place.chmod(0o755)
    return place


def unmount(place: Path) -> None:
    """Take a small disk away again."""
    subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


def _of_the_database() -> Path:
    """Return a small disk that belongs to the database's own user."""
    with as_owner() as owner:
        row = owner.execute(MAY_MAKE).fetchone()
    data = Path(str(row[0])) if row else Path("/nowhere")
    if not data.exists():
        pytest.skip("the database is on another machine, or its owner may make no tablespace")
    place = mount(MOUNTED_KIB)
    os.chown(place, data.stat().st_uid, data.stat().st_gid)
    return place

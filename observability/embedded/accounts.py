"""Which user of the operating system the database runs as, and what that user can reach.

PostgreSQL refuses to run as root. As root we give it to `postgres`, else to `nobody`; that user must be
able to read the programs and to enter the data folder, which a home of mode 0700 does not allow.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observability.embedded.problems import EmbeddedError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system."""

    uid: int
    gid: int
    name: str


def current() -> Account:
    """Return the user this process runs as."""
    return _by_id(os.geteuid())


def server_account(data: Path) -> Account:
    """Return who must run the database whose files lie in `data` (which need not exist yet).

    Existing files decide: their owner is the only one PostgreSQL accepts.
    """
    me = current()
    owner = data.stat().st_uid if data.exists() else None
    if me.uid != 0:
        if owner not in (None, me.uid):
            raise EmbeddedError(
                f"The database in {data} belongs to {_by_id(owner or 0).name}, not to {me.name}: "
                "start as that user, or choose another folder with --data."
            )
        return me
    if owner:
        return _by_id(owner)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise EmbeddedError(
        "PostgreSQL does not run as root and this machine has neither a user postgres nor a user nobody: "
        "add one, or start as an ordinary user."
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Say whether `account` can read and enter `folder`, asked of the system as that user."""
    return _succeeds_as(account, ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(folder)])


def can_run(account: Account, program: Path) -> bool:
    """Say whether `account` can run `program --version`, libraries included."""
    return _succeeds_as(account, [str(program), "--version"])


def _succeeds_as(account: Account, argv: list[str]) -> bool:
    try:
        done = subprocess.run(argv, capture_output=True, cwd="/", timeout=30, check=False, **switch(account))
    except OSError:
        return False
    return done.returncode == 0


def switch(account: Account) -> dict[str, Any]:
    """Return the arguments of `subprocess` that make a child run as `account` (none when that is us)."""
    if account.uid == os.geteuid():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _by_id(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as exc:
        raise EmbeddedError(
            f"The user with number {uid} has no entry in the password file, which PostgreSQL needs: "
            "add one, or set DATABASE_URL to a server that already runs."
        ) from exc
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)

"""Start child processes that cannot outlive us, and stop them.

Linux kills the child when the *thread* that started it ends, so children are started from the main
thread only.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from observability.embedded.accounts import Account, switch
from observability.embedded.problems import EmbeddedError

PR_SET_PDEATHSIG = 1
LOG_KEEP_BYTES = 8 * 1024 * 1024

# Looked up before any fork: the child may not import between fork and exec.
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send us `death_signal` when our parent, process `parent`, dies."""
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), death_signal)


def leave_after(parent: int, *, patience_seconds: float, every: float = 0.5) -> threading.Thread:
    """Watch our parent, process `parent`; `patience_seconds` after its death kill our whole session.

    The signal of `die_with_parent` asks; a program that waits in a library for what died with its parent
    does not hear it. The thread is a daemon and returned for tests.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        time.sleep(patience_seconds)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    thread = threading.Thread(target=watch, name="leave-after-parent", daemon=True)
    thread.start()
    return thread


def start(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: IO[bytes] | int | None = None,
    account: Account | None = None,
    cwd: Path | str = "/",
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` as `account` in a session of its own, so that Ctrl-C reaches only us.

    Output goes to `log`. When we die, however we die, the child gets `death_signal`.
    """
    arguments: dict[str, Any] = dict(switch(account)) if account else {}
    return subprocess.Popen(
        [str(part) for part in argv],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        start_new_session=True,
        preexec_fn=_before_exec(death_signal, os.getpid()),
        **arguments,
    )


def _before_exec(death_signal: signal.Signals, parent: int) -> Callable[[], None]:
    # Runs after the change of user, which would clear the request.
    return lambda: die_with_parent(death_signal, parent)


def stop(
    child: subprocess.Popen[bytes], *, patience_seconds: float, ask: signal.Signals = signal.SIGTERM
) -> int:
    """Ask the child to end, wait, kill its whole session after `patience_seconds`; return its exit code."""
    if child.poll() is None:
        child.send_signal(ask)
        try:
            child.wait(timeout=patience_seconds)
        except subprocess.TimeoutExpired:
            kill_session(child)
            child.wait()
    return child.returncode


def kill_session(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all it started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def open_log(path: Path) -> IO[bytes]:
    """Open `path` for appending; an old log that grew too long is kept once, as `<name>.old`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_KEEP_BYTES:
        path.replace(path.with_name(path.name + ".old"))
    try:
        return path.open("ab")
    except PermissionError:
        raise EmbeddedError(f"The log {path} belongs to another user: remove it and start again.") from None


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Look at `condition` until it holds or `seconds` have passed; return whether it held."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(every)
    return True


def last_words(what: str, log: Path, lines: int = 8) -> str:
    """Return a message for a person: what happened, and the last lines of the log that says why."""
    said = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
    return "\n".join([f"{what}; the end of {log} says:", *(said or ["(nothing)"])])

"""A database of its own for one measurement: started, migrated, filled with one facility, thrown away."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from observability.embedded import pair

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
MEGABYTE = 1024 * 1024
MOST_BUFFERS = 4_096  # MB
# A quarter of the memory, as deploy/ has it on a machine of 16 GB.
BUFFERS = min(MOST_BUFFERS, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE // 4)
# The settings of the demo and of deploy/: figures that hold only with fsync off would be of no use.
SETTINGS = {
    "shared_buffers": f"{BUFFERS}MB",
    "effective_cache_size": f"{2 * BUFFERS}MB",
    "work_mem": "32MB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
}


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Start a pair of servers on an empty folder; yield the environment that finds them."""
    folder = Path(tempfile.mkdtemp(prefix="throughline-bench-"))
    folder.chmod(0o755)
    running = pair.start(folder, settings=SETTINGS)
    try:
        yield os.environ | running.environment
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run_here(words: Sequence[str]) -> int:
    """Run `manage.py bench` with these words against a scratch pair; return its exit code."""
    with servers() as found:
        environment = found | {"THROUGHLINE_LOG_LEVEL": "WARNING"}  # nothing beside the figures
        migrate = [sys.executable, str(MANAGE), "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment, check=True)
        command = [sys.executable, str(MANAGE), "bench", *words, "--here"]
        return subprocess.run(command, env=environment, check=False).returncode

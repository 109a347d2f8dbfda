"""Find the servers that a running `bin/demo` or `manage.py up` of this checkout has started."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from observability import env
from observability.embedded.locks import is_held


def var() -> Path:
    """Return the folder for what this checkout leaves behind when it runs."""
    return Path(env.text("THROUGHLINE_VAR", str(Path(__file__).resolve().parents[2] / "var"))).absolute()


def current_note() -> Path:
    """Return the file that names the data folder of the last start."""
    return var() / "current"


@dataclass(frozen=True, slots=True)
class Servers:
    """Where servers answer, and where the audit chain is anchored; by default those of this machine."""

    database_url: str = "postgresql:///throughline"
    redis_url: str = "redis://127.0.0.1:6379/0"
    owner_url: str = ""
    anchors_dir: str = ""


def servers() -> Servers | None:
    """Return the addresses of the embedded servers of this checkout, or None where none run."""
    try:
        folder = Path(current_note().read_text().strip())
        state = json.loads((folder / "servers.json").read_text())
        found = Servers(**{field.name: state[field.name] for field in fields(Servers)})
    except (OSError, ValueError, KeyError):
        return None
    if not is_held(folder / "running.lock"):  # its owner was killed and left the file
        return None
    return found

"""Typed readers for environment variables and secret files; a bad value stops the process."""

import os
from pathlib import Path


class BadEnvironment(Exception):
    """A variable is missing or cannot be read as its type."""


def _said(name: str) -> str | None:
    """Return what `name` says, or the file that `name`_FILE points to (how container secrets arrive)."""
    file = file_of(name)
    if not file:
        return os.environ.get(name)
    try:
        return Path(file).read_text().strip()
    except OSError as exc:
        raise BadEnvironment(f"{name}_FILE names a file that cannot be read: {exc.strerror}") from exc


def text(name: str, default: str | None = None) -> str:
    """Read a text; without a default it has to be there."""
    value = _said(name)
    if value is None:
        value = default
    if value is None:
        raise BadEnvironment(f"{name} is not set")
    return value


def file_of(name: str) -> str:
    """Return the path in `name`_FILE, empty where there is none: for what is read again while it runs."""
    return os.environ.get(f"{name}_FILE", "")


def integer(name: str, default: int) -> int:
    """Read a whole number."""
    raw = _said(name)
    if raw is None:
        return default
    try:
        return int(raw)
    except ValueError as exc:
        raise BadEnvironment(f"{name} must be a whole number") from exc


def number(name: str, default: float) -> float:
    """Read a decimal number, such as a period in seconds."""
    raw = _said(name)
    if raw is None:
        return default
    try:
        return float(raw)
    except ValueError as exc:
        raise BadEnvironment(f"{name} must be a number") from exc


def share(name: str, default: float) -> float:
    """Read a share of a whole: more than 0, at most 1."""
    value = number(name, default)
    if not 0 < value <= 1:
        raise BadEnvironment(f"{name} must be more than 0 and at most 1")
    return value


def boolean(name: str, default: bool) -> bool:
    """Read yes or no: 1/0, true/false, yes/no, on/off."""
    raw = _said(name)
    if raw is None:
        return default
    lowered = raw.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off", ""}:
        return False
    raise BadEnvironment(f"{name} must be true or false")


def words(name: str, default: str) -> list[str]:
    """Read a comma-separated list; empty entries are dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]

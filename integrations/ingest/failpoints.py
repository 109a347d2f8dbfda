"""Named places of ingest where a test may plant a fault. Without settings.FAILPOINTS none can be planted."""

from collections.abc import Callable

from django.conf import settings

STAGES = ("auth", "limit", "pressure", "read", "inflate", "decode", "apply", "store", "answer")

_planted: dict[str, Callable[[], BaseException]] = {}


def hit(stage: str) -> None:
    """Raise what is planted at `stage`; costs one look into an empty dict otherwise."""
    if _planted and stage in _planted:
        raise _planted[stage]()


def plant(stage: str, fault: Callable[[], BaseException]) -> None:
    """Make `stage` raise `fault()`. Raises RuntimeError outside of tests."""
    if not settings.FAILPOINTS:
        raise RuntimeError("failpoints are off")
    if stage not in STAGES:
        raise KeyError(stage)
    _planted[stage] = fault


def clear() -> None:
    """Take every planted fault away."""
    _planted.clear()

"""Named places where a test may plant a fault; none can be planted without settings.FAILPOINTS."""

from collections.abc import Callable

from django.conf import settings

EDGE = ("auth", "limit", "pressure", "read", "inflate", "decode", "apply", "store", "answer")
DRAIN = ("drain_claimed", "drain_applied", "drain_finished")  # before, inside and after its transaction
PURGE = ("purge_batch",)  # after each batch of the purge
STAGES = EDGE + DRAIN + PURGE

_planted: dict[str, Callable[..., BaseException | None]] = {}


def hit(stage: str, *about: object) -> None:
    """Raise what is planted at `stage`; costs one look into an empty dict otherwise."""
    if _planted and stage in _planted:
        fault = _planted[stage](*about)
        if fault is not None:
            raise fault


def plant(stage: str, fault: Callable[..., BaseException | None]) -> None:
    """Make `stage` raise what `fault(*about)` returns, if anything. Raises RuntimeError outside of tests."""
    if not settings.FAILPOINTS:
        raise RuntimeError("failpoints are off")
    if stage not in STAGES:
        raise KeyError(stage)
    _planted[stage] = fault


def clear() -> None:
    """Take every planted fault away."""
    _planted.clear()

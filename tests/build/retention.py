"""Purges and holds in one line."""

from datetime import datetime

from integrations.models import LegalHold, PurgeRun
from integrations.retention import holds, run
from integrations.retention.holds import Held
from observability.accounts.scopes import Scope
from tests.build.people import build_user

WHY = "Litigation about these claims"


def purged(at: datetime, *classes: str) -> list[PurgeRun]:
    """Run the purge to its end, as if it were `at`."""
    return run.purge(at=at, seconds=60, clock=lambda: at, forced=True, classes=classes or None)


def build_hold(at: datetime, *, name: str = "Matter 12", by: str = "counsel", **what: object) -> LegalHold:
    """Place a hold."""
    held = Held(name=name, **what)  # type: ignore[arg-type]
    return holds.place(scope=Scope.system(), user=build_user(by), what=held, reason=WHY, at=at)

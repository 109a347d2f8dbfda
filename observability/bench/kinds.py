"""What can be measured, by name."""

from collections.abc import Callable

from integrations.ingest.auth import Sender, sender_of
from integrations.ingest.credentials import create_connector
from integrations.models import Facility, FacilityAlias
from observability.bench import claims, drain
from observability.bench.report import Result
from observability.core import clock

BURST_TRANSACTIONS = 20_000


def sender() -> Sender:
    """Make the one facility and connector of a scratch database; return who sends with its key."""
    facility = Facility.objects.create(code="BENCH", name="Bench", zone="America/Chicago")
    FacilityAlias.objects.create(authority="npi", code=claims.NPI, facility=facility)
    issued = create_connector("bench", ["BENCH"], clock.now())
    found = sender_of(f"Bearer {issued.key}")
    if found is None:
        raise RuntimeError("the bench's own key was refused")
    return found


def bench_drain(scale: float) -> list[Result]:
    """Measure the drain."""
    return [drain.burst(sender(), transactions=int(BURST_TRANSACTIONS * scale))]


KINDS: dict[str, Callable[[float], list[Result]]] = {"drain": bench_drain}

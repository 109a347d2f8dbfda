"""Pure: the measures by facility: the same numbers as on the tiles, taken apart."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kpis.catalogue import HELD, K01, K07B, PHASES, Kpi
from kpis.catalogue.kpi import Status, status_of
from kpis.queries.freshness import HeardFacility
from kpis.show import links
from kpis.show.read import Reading
from kpis.show.standing import known_amount


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """One line of the table by facility."""

    name: str
    kind: str
    url: str | None
    claims: int
    held: Decimal | None
    held_url: str | None
    denial_rate: Decimal | None
    denial_status: Status
    acceptance: Decimal | None
    acceptance_status: Status
    last_seen: datetime | None


def facilities(reading: Reading) -> list[FacilityRow]:
    """Return the chosen facilities, by name."""
    return [_row(facility, reading) for facility in reading.chosen.chosen]


def _row(facility: HeardFacility, reading: Reading) -> FacilityRow:
    rates = {
        kpi.key: judged(kpi, reading, facility_id=facility.id, covered=facility.heard) for kpi in (K01, K07B)
    }
    claims_held = reading.figure(HELD, facility_id=facility.id).part("claim")
    return FacilityRow(
        name=facility.name,
        kind=facility.kind.capitalize(),
        url=reading.leads(links.board(reading.asked, facility=facility.code)),
        claims=reading.figure(PHASES, facility_id=facility.id).whole.units,
        held=known_amount(claims_held) if claims_held.units else Decimal(0),
        held_url=reading.listed(HELD, "claim", facility=facility.code),
        denial_rate=rates["K01"][0],
        denial_status=rates["K01"][1],
        acceptance=rates["K07b"][0],
        acceptance_status=rates["K07b"][1],
        last_seen=facility.last_at,
    )


def judged(kpi: Kpi, reading: Reading, *, facility_id: int, covered: bool) -> tuple[Decimal | None, Status]:
    """Return one facility's value of a measure, and how it stands."""
    figure = reading.figure(kpi, facility_id=facility_id)
    return figure.value, status_of(kpi.bands, figure.value, immature=figure.immature, covered=covered)

"""The declared measures, by key."""

from kpis.catalogue.claims import K01, K02, K04, K07B
from kpis.catalogue.kpi import Kpi
from kpis.catalogue.standing import HELD, PHASES

COHORT_KPIS: tuple[Kpi, ...] = (K01, K02, K04, K07B, PHASES)
KPIS: dict[str, Kpi] = {kpi.key: kpi for kpi in (*COHORT_KPIS, HELD)}


class UnknownKpi(KeyError):
    """No measure is declared under this key."""


def kpi_named(key: str) -> Kpi:
    """Return the current version of a measure, however its key is capitalised. Raises UnknownKpi."""
    found = next((kpi for kpi in KPIS.values() if kpi.key.lower() == key.lower()), None)
    if found is None:
        raise UnknownKpi(key)
    return found


__all__ = [
    "COHORT_KPIS",
    "HELD",
    "K01",
    "K02",
    "K04",
    "K07B",
    "KPIS",
    "PHASES",
    "Kpi",
    "UnknownKpi",
    "kpi_named",
]

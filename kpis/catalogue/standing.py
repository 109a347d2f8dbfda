"""Measures of where transactions stand: claims by phase and outcome, money that does not move."""

from kpis.catalogue.claims import COHORT
from kpis.catalogue.kpi import Kind, Kpi, Unit

PHASES = Kpi(
    key="PHASES",
    version=1,
    title="Claims by phase and outcome",
    question="Where do the claims first sent in this period stand?",
    variant="By cohort of first submission",
    unit=Unit.GROSS,
    kind=Kind.SHARES,
    workflow="claim",
    numerator="Gross charges of the claims in one phase with one outcome",
    denominator="Gross charges of the claims first submitted in the period",
    clock=COHORT,
    notes=("All claims, secondary ones too. A claim whose submission we never saw has no cohort.",),
)

HELD = Kpi(
    key="HELD",
    version=1,
    title="Money in failed or late transactions",
    question="How much money stands still, in which workflow?",
    variant="As it stands at the moment",
    unit=Unit.TRANSACTIONS,
    kind=Kind.STOCK,
    workflow="",
    numerator="Amounts of transactions that failed, or whose next step is overdue",
    denominator="None: workflows carry the same money and are never added up",
    clock="The moment of the snapshot",
    notes=("A transaction that failed and is late counts once, as failed.",),
)

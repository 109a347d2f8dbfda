"""Tables of measures."""

from kpis.models.value import KpiDirty, KpiValue

__all__ = ["KpiDirty", "KpiValue"]

"""Pure: metrics whose name maps to a declared gauge are kept as samples; all others are only counted."""

from collections.abc import Mapping

from integrations.catalogue.telemetry import GaugeRule
from integrations.ingest.context import Context
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.decoders.wire import Value, WirePoint
from integrations.ingest.places import day_of
from integrations.ingest.records import Gauge
from integrations.ingest.scrub import scrub_value

SERIES_LIMIT = 120


def gauge_record(point: WirePoint, rules: Mapping[str, GaugeRule], context: Context) -> Gauge | None:
    """Return a sample of a declared gauge, None for any other metric. Raises RejectedItem."""
    rule = rules.get(point.metric)
    if rule is None:
        context.drop("undeclared_metric")
        return None
    if point.value is None:
        raise RejectedItem("no_value")
    at = point.time_ns // 1000
    context.check_time(at)
    code = _text(point, "throughline.facility")
    place, _ = context.crosswalk.resolve(
        (), code, day_of(at), default_id=context.default_facility, granted=context.granted
    )
    series = next((text for name in rule.series if (text := _text(point, name))), "")
    return Gauge(rule.gauge, scrub_value(series, SERIES_LIMIT), at, point.value, place.id, {})


def _text(point: WirePoint, name: str) -> str | None:
    value: Value = point.attributes.get(name)
    if value is None:
        value = point.resource.attributes.get(name)
    return value if isinstance(value, str) and value else None

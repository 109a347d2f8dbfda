"""What technical telemetry may leave behind: allow-listed attributes of spans, declared gauges. Pure data."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """One attribute that may be kept."""

    type: str  # word, integer
    limit: int  # characters of a word
    purpose: str


@dataclass(frozen=True, slots=True)
class GaugeRule:
    """One metric that is kept: under which name, and which attributes name its series."""

    gauge: str
    series: tuple[str, ...]
    purpose: str


def _rules(declared: dict[str, Any]) -> dict[str, AttributeRule]:
    return {
        name: AttributeRule(spec["type"], spec.get("limit", 80), spec["purpose"])
        for name, spec in declared.items()
    }


@cache
def span_attributes() -> dict[str, AttributeRule]:
    """Return the allow-list of span and log attributes."""
    return _rules(yaml.safe_load((DATA / "span_attributes.yaml").read_text())["attributes"])


@cache
def resource_attributes() -> dict[str, AttributeRule]:
    """Return the allow-list of resource attributes."""
    return _rules(yaml.safe_load((DATA / "span_attributes.yaml").read_text())["resource"])


@cache
def gauges() -> dict[str, GaugeRule]:
    """Return the declared gauges by metric name."""
    declared = yaml.safe_load((DATA / "gauges.yaml").read_text())["gauges"]
    return {
        name: GaugeRule(spec["gauge"], tuple(spec["series"]), spec["purpose"])
        for name, spec in declared.items()
    }

"""The declared workflows: read from YAML, checked against a schema, one place to ask for them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from django.conf import settings

from observability.accounts.roles import Domain
from tracing.rules.workflow import Workflow, parse

SHIPPED = Path(__file__).parent / "workflows"
_WITHIN = {
    "type": "object",
    "required": ["from"],
    "additionalProperties": False,
    "properties": {
        "from": {"type": "string"},
        "minutes": {"type": "integer", "minimum": 1},
        "hours": {"type": "integer", "minimum": 1},
        "days": {"type": "integer", "minimum": 1},
        "business_days": {"type": "integer", "minimum": 1},
    },
}
_STEP = {
    "type": "object",
    "required": ["name", "title", "done", "system"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z_]+$"},
        "title": {"type": "string"},
        "done": {"type": "string"},
        "system": {"type": "string"},
        "place": {"type": "integer", "minimum": 1},
        "required": {"type": "boolean"},
        "restarts": {"type": "boolean"},
        "implies": {"type": "array", "items": {"type": "string"}},
        "within": _WITHIN,
    },
}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": [
        "name", "version", "valid_from", "title", "plural", "domain", "instance", "amount", "money",
        "outcome_step", "steps",
    ],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z_]+$"},
        "version": {"type": "integer", "minimum": 1},
        "valid_from": {"type": "string", "format": "date"},
        "title": {"type": "string"},
        "plural": {"type": "string"},
        "domain": {"enum": list(Domain)},
        "instance": {"type": "string"},
        "amount": {"enum": ["gross", "allowed", "paid", "payment", "cost", "expected_net"]},
        "money": {"enum": ["delayed_cash", "may_be_lost", "accounting_timing", "people"]},
        "variant": {"type": "string"},
        "order_within_day": {"type": "boolean"},
        "outcome_step": {"type": "string"},
        "with_errors": {"type": "array", "items": {"type": "string"}},
        "replaced_by": {
            "type": "object",
            "required": ["attribute", "values"],
            "properties": {
                "attribute": {"type": "string"},
                "values": {"type": "array", "items": {"type": "string"}},
            },
        },
        "parts": {
            "type": "object",
            "required": ["title", "opened_by", "judged_by"],
            "additionalProperties": {"type": "string"},
        },
        "steps": {"type": "array", "minItems": 1, "items": _STEP},
    },
}  # fmt: skip


class BadWorkflow(Exception):
    """A declaration breaks its schema, or names a step that it does not have."""


def _plain(declared: dict[str, Any]) -> dict[str, Any]:
    """YAML reads dates as dates; the schema speaks JSON."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in declared.items()}


def read(path: Path) -> Workflow:
    """Return the workflow of one file. Raises BadWorkflow with the file and the reason."""
    declared = yaml.safe_load(path.read_text())
    try:
        jsonschema_rs.validate(SCHEMA, _plain(declared), validate_formats=True)
    except jsonschema_rs.ValidationError as exc:
        raise BadWorkflow(f"{path.name}: {exc.message}") from exc
    workflow = parse(declared)
    names = {rule.name for rule in workflow.steps}
    named = {rule.within.anchor for rule in workflow.steps if rule.within}
    named |= {name for rule in workflow.steps for name in rule.implies} | {workflow.outcome_step}
    if workflow.parts:
        named |= {workflow.parts.opened_by, workflow.parts.judged_by}
    if named - names:
        raise BadWorkflow(f"{path.name}: no step {', '.join(sorted(named - names))}")
    return workflow


@cache
def versions() -> dict[str, tuple[Workflow, ...]]:
    """Return every declared workflow by name, its versions oldest first."""
    folders = [SHIPPED, *([Path(settings.WORKFLOWS_DIR)] if settings.WORKFLOWS_DIR else [])]
    found: dict[str, list[Workflow]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            workflow = read(path)
            found.setdefault(workflow.name, []).append(workflow)
    return {name: tuple(sorted(each, key=lambda w: w.valid_from)) for name, each in found.items()}


@cache
def steps() -> dict[str, frozenset[str]]:
    """Return the steps of each workflow in any of its versions."""
    return {
        name: frozenset(rule.name for workflow in each for rule in workflow.steps)
        for name, each in versions().items()
    }


def first_steps() -> dict[str, str]:
    """Return the step that each workflow begins with, by its newest version."""
    return {name: each[-1].steps[0].name for name, each in versions().items()}


@cache
def domains() -> dict[str, Domain]:
    """Return the domain of each workflow; its newest version decides."""
    return {name: each[-1].domain for name, each in versions().items()}


def valid_at(name: str, day: date) -> Workflow:
    """Return the version of a workflow that was valid on `day`, else its oldest."""
    known = versions()[name]
    valid = [workflow for workflow in known if workflow.valid_from <= day]
    return valid[-1] if valid else known[0]


def latest(name: str) -> Workflow:
    """Return the newest version of a workflow."""
    return versions()[name][-1]

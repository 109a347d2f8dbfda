"""Codes on the page of one transaction: what they mean, what the message said, and what is not shown."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any

from integrations.catalogue.contracts import contracts
from observability.accounts.roles import PrivacyClass
from observability.accounts.scopes import Scope
from tracing import words
from tracing.queries.called import Called, called_in
from tracing.queries.transaction import FactSeen, One
from tracing.rules.workflow import Workflow

Context = dict[str, Any]


@cache
def classes() -> dict[str, frozenset[PrivacyClass]]:
    """Return by declared field which classes its contracts put it in."""
    found: dict[str, frozenset[PrivacyClass]] = {}
    for contract in contracts().values():
        for rule in contract.codes:
            told = contract.told[rule.field].privacy_class
            found[rule.field] = found.get(rule.field, frozenset()) | {told}
    return found


def hidden(scope: Scope, of: One, workflow: Workflow) -> frozenset[str]:
    """Return the fields with codes of a class that the scope does not hold here."""
    return frozenset(
        field
        for field, needed in classes().items()
        if not all(
            each is PrivacyClass.BUSINESS or scope.holds(each, of.facility_id, workflow.domain)
            for each in needed
        )
    )


def without(facts: Iterable[FactSeen], fields: frozenset[str]) -> list[FactSeen]:
    """Return the facts without what they hold in these fields."""
    if not fields:
        return list(facts)
    return [
        replace(fact, attributes={name: said for name, said in fact.attributes.items() if name not in fields})
        for fact in facts
    ]


def told(scope: Scope, of: One, fields: frozenset[str]) -> list[Context]:
    """Return pairs of label and value: our code with its name, and what the messages called it."""
    found = called_in(scope=scope, of=of, hidden=fields)
    by_field = {field: list(said) for field, said in groupby(found, key=lambda each: each.field)}
    pairs = []
    for field, ours in (("department", of.department), ("payer", of.payer)):
        said = [each for each in by_field.pop(field, []) if each.now == ours]
        if ours:
            pairs.append({"label": words.plain(field), "value": _one(ours, said)})
    for field, said in by_field.items():
        ours_of = [_one(now, list(same)) for now, same in groupby(said, key=lambda each: each.now)]
        pairs.append({"label": words.plain(field), "value": "; ".join(ours_of)})
    return pairs


def _one(ours: str, said: Sequence[Called]) -> str:
    """Return `Harbor Advantage (HARBOR), sent as HBR-ADV`."""
    name = next((each.name for each in said if each.name and each.name != ours), "")
    others = sorted({each.said for each in said if each.said != ours})
    sent = f", sent as {', '.join(others)}" if others else ""
    return (f"{name} ({ours})" if name else ours) + sent

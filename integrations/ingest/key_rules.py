"""Pure: the keys that an event names, tokenised for its facility, and the transactions they name."""

from collections.abc import Mapping
from typing import Any

from integrations.catalogue.contract_parts import KeyRule
from integrations.ingest.context import Context
from integrations.ingest.keys import Named
from integrations.ingest.places import Place


def named_keys(
    rules: tuple[KeyRule, ...], data: Mapping[str, Any], place: Place, context: Context
) -> list[Named]:
    """Return every key of the event whose fields are all present, tokenised for the facility."""
    found: dict[bytes, Named] = {}
    for rule in rules:
        named = named_key(rule, data, place, context)
        if named is not None:
            found.setdefault(named.key.token, named)
    return list(found.values())


def named_key(rule: KeyRule, data: Mapping[str, Any], place: Place, context: Context) -> Named | None:
    """Return one key of the event, None where one of its fields is absent."""
    value = rule.value.fill(data)
    if value is None:
        return None
    issuer = rule.issuer.fill(data) if rule.issuer is not None else None
    return context.keys.make(rule.kind, rule.kind.effective_issuer(issuer, place.code), value)


def direct_id(workflow: str, kind: str | None, named: list[Named], context: Context) -> bytes | None:
    """Return the transaction that the event's own key of this kind names, None without such a key."""
    for name in named:
        if name.kind.name == kind:
            return instance_id(workflow, name, context)
    return None


def instance_id(workflow: str, named: Named, context: Context) -> bytes:
    """Return the id of the transaction that a key names in a workflow."""
    return context.keys.transaction_id(workflow, named.kind.name, named.issuer, named.value)

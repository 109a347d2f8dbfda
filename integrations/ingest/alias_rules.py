"""Pure: what a merge or move of keys renames: tokens of keys, and the transactions that these keys name."""

from collections.abc import Mapping
from typing import Any

from integrations.catalogue.contract_parts import Aliases, text_of
from integrations.catalogue.workflows import declared
from integrations.ingest.context import Context
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.key_rules import instance_id, named_key
from integrations.ingest.keys import Named
from integrations.ingest.places import Place
from integrations.ingest.records import Alias


def aliases(
    rules: Aliases | None, data: Mapping[str, Any], place: Place, context: Context
) -> tuple[list[Named], tuple[Alias, ...]]:
    """Return the keys that the event names, and what has another name from now on.

    Both keys are those of one facility, the event's: no merge reaches beyond it. Raises RejectedItem.
    """
    if rules is None:
        return [], ()
    within = _within(rules, data, place, context)
    named = [within] if within else []
    found: list[Alias] = []
    for rule in rules.names:
        if rule.case != text_of(data.get(rules.by)):
            continue
        old, new = (named_key(each, data, place, context) for each in (rule.old, rule.new))
        if old is None or new is None:
            raise RejectedItem("invalid_key")
        if old.key.token == new.key.token:
            raise RejectedItem("same_key")
        named += [old, new]
        found += _renamed(old, new, within.key.token if within else None, context)
    return named, tuple(found)


def _within(rules: Aliases, data: Mapping[str, Any], place: Place, context: Context) -> Named | None:
    case = text_of(data.get(rules.within_by)) if rules.within_by else None
    for rule in rules.within:
        if rule.case == case:
            return named_key(rule.key, data, place, context)
    return None


def _renamed(old: Named, new: Named, within: bytes | None, context: Context) -> list[Alias]:
    kind = old.kind.name
    ids = [
        Alias(
            kind,
            instance_id(each.name, old, context),
            instance_id(each.name, new, context),
            each.name,
            within,
        )
        for each in declared().values()
        if each.instance == kind
    ]
    return [Alias(kind, old.key.token, new.key.token, None, within), *ids]

"""Under which identifiers a transaction is known, as its page shows them: masked, in clear, or not at all."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from integrations.catalogue.key_kinds import kinds
from observability.accounts.roles import Permission, PrivacyClass
from observability.accounts.scopes import Scope
from observability.core.resealing import opened
from observability.core.seal import CannotOpen
from tracing import titles, words
from tracing.queries.keys import KeySeen
from tracing.queries.transaction import One
from tracing.rules.workflow import Workflow

Context = dict[str, Any]
log = logging.getLogger(__name__)
CANNOT_OPEN = "Cannot be shown: the key that sealed it is not here. An administrator can put it back."
NOT_YOURS = "Not shown: it needs the class {}, which you do not hold here."


@dataclass(frozen=True, slots=True)
class Clear:
    """What may be shown in clear: everything, until a moment, by a reveal; or what the reader pasted."""

    until: datetime | None
    pasted: str | None
    tokens: frozenset[UUID]


def shown(scope: Scope, known: Iterable[KeySeen], of: One, workflow: Workflow, clear: Clear) -> list[Context]:
    """Return what `ui/_key.html` shows of each identifier; one made by us from others is left out."""
    reads, opens = scope.to(Permission.SEE_TRANSACTIONS), scope.to(Permission.REVEAL)
    return [_key(reads, opens, key, of, workflow, clear) for key in known if not is_hidden(key.kind)]


def is_hidden(kind: str) -> bool:
    """Say whether identifiers of this kind are never shown by themselves."""
    known = kinds().get(kind)
    return known is None or known.hidden


def _key(reads: Scope, opens: Scope, key: KeySeen, of: One, workflow: Workflow, clear: Clear) -> Context:
    needed = PrivacyClass(kinds()[key.kind].privacy_class)
    mine = reads.holds(needed, of.facility_id, workflow.domain)
    may_open = opens.holds(needed, of.facility_id, workflow.domain)
    pasted = clear.pasted if key.token in clear.tokens else None
    revealed = _opened(key) if pasted is None and may_open and clear.until else None
    names = key.kind == titles.title_kind(workflow) and key.direct and not key.former
    return {
        "kind": titles.kind_title(key.kind),
        "issuer": words.issuer(key.issuer) if mine else "",
        "last": key.last if mine else "",
        "clear": pasted or revealed,
        "note": _note(key, names=names, pasted=pasted is not None),
        "problem": _problem(needed, pasted or revealed, mine=mine, may_open=may_open, clear=clear),
    }


def _note(key: KeySeen, *, names: bool, pasted: bool) -> str:
    if names:
        return "names the transaction"
    former = "former number" if key.former else ""
    return ", ".join(filter(None, (former, "you pasted it" if pasted else "")))


def _problem(needed: PrivacyClass, in_clear: str | None, *, mine: bool, may_open: bool, clear: Clear) -> str:
    if in_clear:
        return ""
    if not mine or (clear.until and not may_open):
        return NOT_YOURS.format(needed)
    return CANNOT_OPEN if clear.until else ""


def _opened(key: KeySeen) -> str | None:
    try:
        return opened(token=key.token.bytes, kind=key.kind, sealed=bytes(key.sealed), kid=key.key_id)
    except CannotOpen:
        log.exception("cannot_open_identifier", extra={"kid": key.key_id})
        return None

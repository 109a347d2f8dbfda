"""Pure: an audit row in words. An act or object that has none here is told by its own name."""

from collections.abc import Mapping

from observability.accounts.audit import Act
from observability.auditing.queries.rows import AuditSeen

Names = Mapping[tuple[str, str], str]
# What somebody did; the object follows.
DID: Mapping[str, str] = {
    Act.SIGNED_IN: "signed in",
    Act.SIGN_IN_FAILED: "failed to sign in",
    Act.SIGN_IN_BLOCKED: "was kept from trying more passwords",
    Act.SIGNED_OUT: "signed out",
    Act.SESSION_ENDED: "ended a session",
    Act.PASSWORD_ACCEPTED: "gave the right password, a second factor was asked for",
    Act.IDENTITY_ACCEPTED: "came from the organisation’s sign-in, a second factor was asked for",
    Act.IDENTITY_CONFIRMED: "proved again to the organisation’s sign-in who they are",
    Act.PASSWORD_CHANGED: "changed the password",
    Act.FACTOR_ADDED: "added a second factor",
    Act.FACTOR_REMOVED: "removed a second factor",
    Act.FACTORS_RESET: "took all second factors from",
    Act.PERSON_ADDED: "made",
    Act.PERSON_SWITCHED_OFF: "switched off",
    Act.PERSON_SWITCHED_ON: "switched on",
    Act.DEPARTMENT_PROTECTED: "added",
    Act.DEPARTMENT_UNPROTECTED: "took away",
    Act.DISPLAY_MADE: "made",
    Act.DISPLAY_STARTED: "started",
    Act.DISPLAY_ENDED: "ended",
    Act.GROUP_RULES_CHANGED: "changed",
    Act.IDENTITY_LINKED: "tied a subject of the organisation’s sign-in to",
    Act.IDENTITY_UNLINKED: "took a subject of the organisation’s sign-in from",
    Act.REFERENCE_CHANGED: "changed",
    Act.REFERENCE_EXPORTED: "exported",
    Act.CODE_MAPPED: "said what is meant by",
    Act.ROWS_MOVED: "had events moved for",
    Act.HOLD_PLACED: "placed",
    Act.HOLD_LIFT_ASKED: "asked to lift",
    Act.HOLD_LIFTED: "lifted",
    Act.PURGED: "purged",
    Act.DAY_DROPPED: "dropped a day of",
    Act.REVEALED: "showed the identifiers of",
    Act.KEYS_RENAMED: "merged or moved numbers, by",
    Act.IDS_REKEYED: "replaced",
    Act.KEYS_RESTORED: "took back what was said of numbers, by",
    Act.CONNECTOR_CREATED: "made",
    Act.CREDENTIAL_ISSUED: "issued a key of",
    Act.CREDENTIAL_REVOKED: "revoked a key of",
    Act.CREDENTIAL_QUARANTINED: "quarantined a key of",
    Act.PLACE_MADE: "made",
    Act.PLACE_MOVED: "moved",
    Act.PLACE_RENAMED: "renamed",
    Act.PLACE_ENDED: "ended",
    Act.PLACE_OWNED: "said who answers for",
    Act.SEAL_KEY_ADDED: "added",
    Act.SEAL_KEY_DROPPED: "dropped",
    Act.INVENTORY_EXPORTED: "exported",
    Act.GRANTED: "gave",
    Act.GRANT_ENDED: "ended",
    Act.GRANT_REVIEWED: "reviewed",
    Act.ACCESS_EXPORTED: "exported",
    Act.MEASURE_EXPORTED: "exported the counts of",
    Act.ACCESS_EXPLAINED: "asked what is seen by",
    Act.VIEWING_BEGUN: "began to see as",
    Act.VIEWING_ENDED: "no longer saw as",
    Act.GLASS_OPENED: "broke the glass at",
    Act.GLASS_VIEWED: "read through a broken glass at",
    Act.GLASS_ENDED: "closed the glass at",
    Act.GLASS_ACKNOWLEDGED: "acknowledged the alarm at",
    Act.CATALOGUE_CHANGED: "changed",
    Act.CATALOGUE_EXPORTED: "exported",
    Act.PROPOSAL_DISMISSED: "dismissed",
    Act.PROPOSAL_RESTORED: "proposed again",
    Act.DENIED: "was refused",
    Act.SEARCHED: "searched by identifier",
    Act.TRANSACTION_VIEWED: "looked at",
    Act.TRANSACTIONS_LISTED: "read",
    Act.AUDIT_VIEWED: "read",
    Act.AUDIT_EXPORTED: "exported",
    Act.WORDS_ERASED: "erased reason and changes of",
}
OBJECTS: Mapping[str, str] = {
    "transaction": "transaction {id:.8}",
    "connector": "connector {name}",
    "user": "the account {name}",
    "grant": "a grant of {name}",
    "opened_glass": "{name}",
    "place": "the place {name}",
    "system": "system {name}",
    "interface": "interface {name}",
    "seal_key": "sealing key {id}",
    "id_key": "the id key",
    "inventory": "the data inventory",
    "catalogue": "the catalogue",
    "reference_entity": "{name}",
    "reference": "the reference data",
    "dismissal": "what is seen but not declared, by dismissal {id}",
    "access_review": "the access review",
    "kpi": "measure {id}",
    "role": "the role {id}",
    "audit": "the audit",
    "audit_row": "audit row {id}",
    "page": "{page}",
    "display": "display {name}",
    "sensitive_department": "sensitive department {id}",
    "group_rules": "what groups give",
    "local_code": "local code {id}",
    "hold": "the legal hold {name}",
    "retention": "what was due of {id}",
    "event": "event {id:.8}",
    "search": "",
    "session": "",
}
PAGES: Mapping[str, str] = {
    "tracing:transactions": "a list of transactions",
    "kpis:transactions": "the transactions behind a number",
    "tracing:transaction": "the page of a transaction",
    "tracing:reveal": "the identifiers of a transaction",
    "tracing:merge": "merging a number of a transaction",
    "tracing:restore": "taking a merge back",
    "accounts:access": "the page of access",
}


def act(name: str) -> str:
    """Return an act as a choice of a filter."""
    return name.replace("_", " ").capitalize()


def who(row: AuditSeen) -> str:
    """Return who acted."""
    if row.user_id is not None:
        return row.name or row.actor
    if row.actor_type == "connector":
        return f"Connector {row.actor}"
    if row.actor:
        return f"{row.actor} at the shell"
    if row.actor_type == "system" and not row.source_ip:
        return f"The installation’s shell, as {row.actor}" if row.actor else "The installation’s shell"
    return "Somebody"


def did(row: AuditSeen, names: Names) -> tuple[str, str]:
    """Return what was done, and to what: empty where somebody did it to themselves."""
    verb = DID.get(row.act, row.act.replace("_", " "))
    if row.object_type == "user" and row.object_id in ("", str(row.user_id)):
        return verb, ""
    return verb, called(row.object_type, row.object_id, names)


def called(sort: str, id: str, names: Names) -> str:
    """Return what an object is called."""
    words = OBJECTS.get(sort)
    if words is None:
        return f"{sort.replace('_', ' ')} {id}".strip()
    return words.format(id=id, name=names.get((sort, id), id), page=PAGES.get(id, f"the page {id}"))


def changes(said: object) -> str:
    """Return what a row says of its changes."""
    if isinstance(said, dict):
        parts = [
            f"{str(name).replace('_', ' ')}: {changes(value) or 'nothing'}" for name, value in said.items()
        ]
        return "; ".join(parts)
    if isinstance(said, list):
        return " / ".join(changes(each) for each in said)
    return "" if said is None else str(said)

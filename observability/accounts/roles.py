"""Pure: which role may do what. Unlisted is denied."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in this installation, at the facilities of a grant."""

    EXECUTIVE = "executive"
    SUPPORT = "support"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Domain(StrEnum):
    """The part of the business that a workflow belongs to; each declared workflow names one."""

    CLINICAL = "clinical"
    REVENUE = "revenue"
    SUPPLY = "supply"
    WORKFORCE = "workforce"
    LEDGER = "ledger"


class PrivacyClass(StrEnum):
    """How much a field or a department tells about a person."""

    BUSINESS = "business"
    IDENTIFIER = "identifier"
    SENSITIVE = "sensitive"
    WORKFORCE = "workforce"


# What every grant holds; the other two are given by name, because the mere existence of a row discloses.
USUAL_CLASSES = frozenset({PrivacyClass.BUSINESS, PrivacyClass.IDENTIFIER})


class Permission(StrEnum):
    """One thing that a page, an action or a field may ask for."""

    SEE_BOARD = "see_board"
    SEE_TRANSACTIONS = "see_transactions"
    SEE_SPANS = "see_spans"
    REVEAL = "reveal"
    MERGE_KEYS = "merge_keys"
    SEE_CONNECTORS = "see_connectors"
    MANAGE_CONNECTORS = "manage_connectors"
    MANAGE_ACCESS = "manage_access"
    SEE_AUDIT = "see_audit"
    SEE_API_DOCS = "see_api_docs"
    SEE_ACCESS = "see_access"
    SEE_INVENTORY = "see_inventory"
    BREAK_GLASS = "break_glass"
    SEE_CATALOGUE = "see_catalogue"
    MANAGE_CATALOGUE = "manage_catalogue"
    SEE_RETENTION = "see_retention"
    MANAGE_HOLDS = "manage_holds"


P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EXECUTIVE: frozenset({P.SEE_BOARD, P.SEE_TRANSACTIONS, P.SEE_CATALOGUE}),
    Role.SUPPORT: frozenset(
        {
            P.SEE_BOARD,
            P.SEE_TRANSACTIONS,
            P.SEE_SPANS,
            P.REVEAL,
            P.MERGE_KEYS,
            P.SEE_CONNECTORS,
            P.SEE_API_DOCS,
            P.BREAK_GLASS,
            P.SEE_CATALOGUE,
        }
    ),
    Role.ENGINEER: frozenset(
        {
            P.SEE_BOARD,
            P.SEE_TRANSACTIONS,
            P.SEE_SPANS,
            P.SEE_CONNECTORS,
            P.MANAGE_CONNECTORS,
            P.SEE_API_DOCS,
            P.SEE_INVENTORY,
            P.SEE_CATALOGUE,
            P.MANAGE_CATALOGUE,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            P.SEE_BOARD,
            P.SEE_CONNECTORS,
            P.MANAGE_CONNECTORS,
            P.SEE_ACCESS,
            P.MANAGE_ACCESS,
            P.SEE_API_DOCS,
            P.SEE_INVENTORY,
            P.SEE_CATALOGUE,
            P.MANAGE_CATALOGUE,
            P.SEE_RETENTION,
            P.MANAGE_HOLDS,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            P.SEE_BOARD,
            P.SEE_TRANSACTIONS,
            P.SEE_AUDIT,
            P.SEE_CONNECTORS,
            P.SEE_ACCESS,
            P.SEE_INVENTORY,
            P.SEE_CATALOGUE,
            P.SEE_RETENTION,
            P.MANAGE_HOLDS,
        }
    ),
}
# What an opened glass shows, to whoever has the permission somewhere: reading only, never an act.
OPENED = frozenset({P.SEE_TRANSACTIONS, P.SEE_SPANS})

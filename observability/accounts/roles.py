"""Pure: which role may do what. Unlisted is denied."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in this installation, at the facilities of a grant."""

    EXECUTIVE = "executive"
    SUPPORT = "support"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that a page, an action or a field may ask for."""

    SEE_BOARD = "see_board"
    SEE_TRANSACTIONS = "see_transactions"
    SEE_SPANS = "see_spans"
    REVEAL = "reveal"
    SEE_CONNECTORS = "see_connectors"
    MANAGE_CONNECTORS = "manage_connectors"
    MANAGE_ACCESS = "manage_access"
    SEE_AUDIT = "see_audit"
    SEE_API_DOCS = "see_api_docs"


P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EXECUTIVE: frozenset({P.SEE_BOARD, P.SEE_TRANSACTIONS}),
    Role.SUPPORT: frozenset(
        {P.SEE_BOARD, P.SEE_TRANSACTIONS, P.SEE_SPANS, P.REVEAL, P.SEE_CONNECTORS, P.SEE_API_DOCS}
    ),
    Role.ENGINEER: frozenset(
        {P.SEE_BOARD, P.SEE_TRANSACTIONS, P.SEE_SPANS, P.SEE_CONNECTORS, P.MANAGE_CONNECTORS, P.SEE_API_DOCS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {P.SEE_BOARD, P.SEE_CONNECTORS, P.MANAGE_CONNECTORS, P.MANAGE_ACCESS, P.SEE_API_DOCS}
    ),
    Role.AUDITOR: frozenset({P.SEE_BOARD, P.SEE_TRANSACTIONS, P.SEE_AUDIT, P.SEE_CONNECTORS}),
}

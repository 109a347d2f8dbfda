"""Tables of what happened."""

from tracing.models.alias import KeyAlias, KeyAliasUndone
from tracing.models.event import Event, EventMove, FallbackToken, Orphan, OrphanToken, Span
from tracing.models.fact import Fact, FactLine
from tracing.models.follow import Change
from tracing.models.follow_up import FollowUp
from tracing.models.key import Identifier, KeyIssuer, TransactionKey, TransactionTrace
from tracing.models.purged import KeptDay, LooseToken, PurgedDay, TransactionSummary
from tracing.models.rekey import EarlierName
from tracing.models.remap import Move, Remap
from tracing.models.seal import SealWalk
from tracing.models.transaction import Deadline, Step, Transaction
from tracing.models.unmapped import UnmappedCode
from tracing.models.wording import Wording
from tracing.models.workflow import BusinessDay, WorkflowVersion

__all__ = [
    "BusinessDay",
    "Change",
    "Deadline",
    "EarlierName",
    "Event",
    "EventMove",
    "Fact",
    "FactLine",
    "FallbackToken",
    "FollowUp",
    "Identifier",
    "KeptDay",
    "KeyAlias",
    "KeyAliasUndone",
    "KeyIssuer",
    "LooseToken",
    "Move",
    "Orphan",
    "OrphanToken",
    "PurgedDay",
    "Remap",
    "SealWalk",
    "Span",
    "Step",
    "Transaction",
    "TransactionKey",
    "TransactionSummary",
    "TransactionTrace",
    "UnmappedCode",
    "Wording",
    "WorkflowVersion",
]

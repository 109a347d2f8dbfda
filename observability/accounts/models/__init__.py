"""Tables of people."""

from observability.accounts.models.access import AuditCheck, AuditRow, Look, Reveal
from observability.accounts.models.attempt import SignInFailure
from observability.accounts.models.grant import Grant, OpenedGlass, SensitiveDepartment
from observability.accounts.models.link import Display, SignedLink
from observability.accounts.models.outside import GroupRule, OutsideIdentity
from observability.accounts.models.session import LiveSession
from observability.accounts.models.user import User

__all__ = [
    "AuditCheck",
    "AuditRow",
    "Display",
    "Grant",
    "GroupRule",
    "LiveSession",
    "Look",
    "OpenedGlass",
    "OutsideIdentity",
    "Reveal",
    "SensitiveDepartment",
    "SignInFailure",
    "SignedLink",
    "User",
]

"""Tables of people."""

from observability.accounts.models.access import AuditRow, Reveal
from observability.accounts.models.attempt import SignInFailure
from observability.accounts.models.grant import Grant, OpenedGlass, SensitiveDepartment
from observability.accounts.models.link import Display, SignedLink
from observability.accounts.models.session import LiveSession
from observability.accounts.models.user import User

__all__ = [
    "AuditRow",
    "Display",
    "Grant",
    "LiveSession",
    "OpenedGlass",
    "Reveal",
    "SensitiveDepartment",
    "SignInFailure",
    "SignedLink",
    "User",
]

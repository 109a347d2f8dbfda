"""Tables of people."""

from observability.accounts.models.access import AuditRow, Reveal
from observability.accounts.models.attempt import SignInFailure
from observability.accounts.models.user import Grant, User

__all__ = ["AuditRow", "Grant", "Reveal", "SignInFailure", "User"]

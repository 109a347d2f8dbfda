"""Let people change their own password."""

from datetime import datetime

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.models import User
from observability.accounts.signing_in import confirm_password


def change_password(request: HttpRequest, user: User, *, old: str, new: str, at: datetime) -> None:
    """Change it, and end every other session of this person; the id of this one changes.

    Raises Refused and TooManyFailures for the old password, ValidationError for the new one.
    """
    confirm_password(user, old, at)
    validate_password(new, user)
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)
        audit.record(audit.Act.PASSWORD_CHANGED, user=user, object_type="user", object_id=user.pk, at=at)

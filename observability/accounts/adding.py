"""Make an account of this installation: a name and a password, and nothing to see before a grant."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User

USER_NAMES = "user names"  # the lock of whoever looks for one that nobody has


class NameTaken(Exception):
    """Somebody has this user name, perhaps in other letters."""


def add(*, username: str, name: str, password: str, reason: str, at: datetime) -> User:
    """Make somebody who signs in here, and return them; only the installation's own shell does.

    Raises audit.ReasonTooShort, NameTaken, and ValidationError for the user name, the name or the password.
    """
    why = audit.reason_of(reason)
    user = User(username=User.normalize_username(username), first_name=name)
    validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        one_at_a_time(USER_NAMES)
        if User.objects.filter(username__iexact=user.username).exists():
            raise NameTaken
        user.full_clean()
        user.save()
        audit.record(
            audit.Act.PERSON_ADDED, user=None, object_type="user", object_id=user.pk, at=at, reason=why
        )
    return user

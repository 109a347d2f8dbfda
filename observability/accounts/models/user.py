"""Who signs in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """A person who signs in."""

    # Moved by the database when sessions must end; never back. See 0006_sessions_end.up.sql.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        db_table = "user"

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Return what a session must still agree with: the password, as Django has it, and the epoch."""
        rests_on = f"{self.session_epoch}:{self.password}"
        return salted_hmac("observability.session", rests_on, secret=secret, algorithm="sha256").hexdigest()

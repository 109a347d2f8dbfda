"""Sessions, each with its person, so that somebody can see and end their own."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from observability.accounts.models.user import User


class LiveSession(AbstractBaseSession):
    """One session. What the columns say stands in its data too; they are there to be asked for."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField(null=True)  # null: signed in, and no page was asked for yet
    seen_at = models.DateTimeField(null=True)  # the last use, to the minute
    device = models.CharField(max_length=60, default="")  # "Chrome on Windows", never more

    class Meta:
        db_table = "live_session"

    def __str__(self) -> str:
        return f"session until {self.expire_date:%H:%M}"

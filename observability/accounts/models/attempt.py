"""Failed sign-ins, counted so that guessing gets slow."""

from django.db import models


class SignInFailure(models.Model):
    """One failed sign-in, against one account or from one address; whose is told only by a keyed hash."""

    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "sign_in_failure"
        indexes = [models.Index("subject", "at", name="sign_in_failure_recent")]

    def __str__(self) -> str:
        return f"failure at {self.at:%H:%M}"

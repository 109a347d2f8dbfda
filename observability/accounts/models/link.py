"""Links that work once, and the wall displays that the first of them start."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinLengthValidator
from django.db import models

from observability.accounts.models.user import User


class SignedLink(models.Model):
    """A link that was sent to somebody; its secret is kept as a hash, so that the table opens nothing."""

    secret_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)  # the id of what it is for
    made_by = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signed_link"

    def __str__(self) -> str:
        return f"{self.purpose} link until {self.expires_at:%H:%M}"


class Display(models.Model):
    """A screen on a wall that shows the board of some facilities, and nothing else, until it expires."""

    name = models.CharField(max_length=60)
    facility_ids = ArrayField(models.IntegerField())
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="displays")
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=300, validators=[MinLengthValidator(10)])
    expires_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # null: its link was not opened
    seen_at = models.DateTimeField(null=True)  # when it last asked for the board, to the minute
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "display"

    def __str__(self) -> str:
        return self.name

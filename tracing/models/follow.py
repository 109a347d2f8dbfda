"""What later work must look at: appended by the drain, consumed by a follow-up."""

from django.db import models


class Change(models.Model):
    """A transaction looked different before and after one drain."""

    transaction_id = models.UUIDField()
    workflow = models.CharField(max_length=60)
    at = models.DateTimeField()
    old = models.JSONField(null=True)  # null: it did not exist
    new = models.JSONField(null=True)  # null: it went away

    class Meta:
        db_table = "change"

    def __str__(self) -> str:
        return str(self.transaction_id)

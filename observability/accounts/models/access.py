"""Who looked at what: rows that are only ever added."""

from django.db import models

from observability.accounts.models.user import User


class AuditRow(models.Model):
    """One act that must be provable later; holds ids and reasons, never an identifier."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, default="")
    request_id = models.CharField(max_length=36, default="")

    class Meta:
        db_table = "audit_row"
        indexes = [models.Index("object_type", "object_id", "at", name="audit_row_object")]

    def __str__(self) -> str:
        return f"{self.act} {self.object_type}"


class Reveal(models.Model):
    """The right to see the identifiers of one transaction in clear, for a while, for one reason."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reveals")
    transaction_id = models.UUIDField()
    reason = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "reveal"
        indexes = [models.Index("user", "transaction_id", "expires_at", name="reveal_active")]

    def __str__(self) -> str:
        return f"reveal until {self.expires_at:%H:%M}"

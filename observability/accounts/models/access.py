"""Who looked at what: rows that are only ever added."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from observability.accounts.models.user import User


class AuditRow(models.Model):
    """One act that must be provable later, chained to the one before; holds ids, tokens and reasons.

    Not managed: triggers and rights of its own keep it, and no flush may empty it.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    user = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor = models.TextField()
    actor_type = models.TextField()
    role = models.TextField()
    source_ip = models.TextField()
    session_hash = models.TextField()
    act = models.TextField()
    object_type = models.TextField()
    object_id = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    changes = models.JSONField(null=True)
    changes_hash = models.TextField()
    mentions = ArrayField(models.UUIDField())
    facility_ids = ArrayField(models.BigIntegerField())
    request_id = models.TextField()
    trace_id = models.TextField()
    kid = models.TextField()
    prev_hash = models.TextField()
    hash = models.TextField()

    class Meta:
        db_table = "audit_row"
        managed = False

    def __str__(self) -> str:
        return f"{self.act} {self.object_type}"


class AuditCheck(models.Model):
    """One walk along the whole audit chain, done in parts; says what it has found until now.

    The place it has reached is signed: whoever could move it would have rows passed over.
    """

    began_at = models.DateTimeField()
    at = models.DateTimeField()  # of the last part
    whole = models.BooleanField(default=False)  # it has reached the head
    last_seq = models.BigIntegerField()
    last_hash = models.TextField()
    rows = models.BigIntegerField()
    erased = models.BigIntegerField()
    anchors = models.BigIntegerField()
    faults = models.JSONField(default=list)
    kid = models.TextField()
    mac = models.TextField()

    class Meta:
        db_table = "audit_check"
        indexes = [models.Index("began_at", name="audit_check_began")]

    def __str__(self) -> str:
        return f"check of {self.began_at:%Y-%m-%d}"


class Look(models.Model):
    """A page that somebody looked at and that has its audit row; `key` is a digest of who and what."""

    key = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "look"

    def __str__(self) -> str:
        return f"look at {self.at:%H:%M}"


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

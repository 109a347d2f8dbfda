"""What may not be deleted although its time has come, and what was."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from integrations.models.connector import Connector
from integrations.models.facility import Facility


class LegalHold(models.Model):
    """Data that nobody deletes while this stands. What is NULL or empty does not narrow it.

    A trigger keeps what was said when it was placed; lifting takes two people, which a constraint holds.
    """

    name = models.CharField(max_length=80)  # of the matter, as lawyers call it
    reason = models.CharField(max_length=300)
    data_class = models.CharField(max_length=20, default="")  # of the policy; empty: all
    facility = models.ForeignKey(Facility, null=True, on_delete=models.PROTECT, related_name="+")
    connector = models.ForeignKey(Connector, null=True, on_delete=models.PROTECT, related_name="+")
    transaction_ids = ArrayField(models.UUIDField(), null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)  # exclusive
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    asked_reason = models.CharField(max_length=300, default="")
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "legal_hold"
        constraints = [
            models.CheckConstraint(
                name="legal_hold_lifted_by_two",
                condition=models.Q(lifted_at=None, lifted_by=None)
                | (
                    models.Q(lifted_at__isnull=False, lifted_by__isnull=False, asked_by__isnull=False)
                    & ~models.Q(lifted_by=models.F("asked_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PurgeRun(models.Model):
    """One run of the purge over one class: how far it is, and what it took. The audit row repeats the sum."""

    data_class = models.CharField(max_length=20)
    policy = models.CharField(max_length=40)  # version of the policy it ran under
    cutoff = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    position = models.JSONField(default=dict)  # where the next batch goes on
    counts = models.JSONField(default=dict)  # rows by table
    oldest = models.DateTimeField(null=True)
    newest = models.DateTimeField(null=True)
    batches = models.IntegerField(default=0)
    digest = models.CharField(max_length=64, default="")  # SHA-256, chained over the ids of each batch
    audit_seq = models.BigIntegerField(null=True)

    class Meta:
        db_table = "purge_run"
        constraints = [
            models.UniqueConstraint(
                "data_class", name="purge_run_one_at_a_time", condition=models.Q(finished_at=None)
            ),
        ]
        indexes = [models.Index(fields=["data_class", "-started_at"], name="purge_run_latest")]

    def __str__(self) -> str:
        return f"{self.data_class} {self.started_at:%Y-%m-%d}"


class RetentionLook(models.Model):
    """What was due, held and forecast at one moment of a day (UTC): the last look of each day is kept."""

    day = models.DateField(primary_key=True)
    at = models.DateTimeField()
    policy = models.CharField(max_length=40)
    classes = models.JSONField()  # by class, see integrations.retention.look
    other_bytes = models.BigIntegerField()  # of the whole database, what no class holds

    class Meta:
        db_table = "retention_look"

    def __str__(self) -> str:
        return f"{self.day}"

"""The machine identities that post to us, and their keys."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from integrations.models.facility import Facility

SIGNALS = ["traces", "metrics", "logs", "events", "heartbeats"]


def every_signal() -> list[str]:
    """The signals a new connector may post."""
    return list(SIGNALS)


class Connector(models.Model):
    """One sender of telemetry and events."""

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120, default="")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")  # its fallback
    facilities = models.ManyToManyField(Facility, related_name="connectors")  # its grant
    signals = ArrayField(models.CharField(max_length=20), default=every_signal)
    events_per_second = models.IntegerField(default=20_000)  # refill of its rate bucket
    burst = models.IntegerField(default=100_000)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "connector"

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """One key of a connector: `prefix.secret`; only the SHA-256 of the secret is kept."""

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="credentials")
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    quarantined_at = models.DateTimeField(null=True, blank=True)  # its rows are left out of every fold

    class Meta:
        db_table = "credential"

    def __str__(self) -> str:
        return self.prefix


class RateBucket(models.Model):
    """The tokens of one credential; processes lease them in chunks with one UPDATE."""

    credential = models.OneToOneField(
        Credential, on_delete=models.CASCADE, primary_key=True, related_name="bucket"
    )
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()

    class Meta:
        db_table = "rate_bucket"

    def __str__(self) -> str:
        return f"bucket of {self.credential_id}"

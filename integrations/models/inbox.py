"""What was accepted and not yet drained, and the counts that tell how each connector does."""

from django.db import models


class Inbox(models.Model):
    """One accepted request, also its receipt. Partitioned by day; made by SQL in migrations."""

    pk = models.CompositePrimaryKey("received_on", "id")
    received_on = models.DateField()
    id = models.UUIDField()  # version 7: the day can be told from it
    received_at = models.DateTimeField()
    connector_id = models.BigIntegerField()
    credential_id = models.BigIntegerField()
    signal = models.CharField(max_length=20)
    format = models.SmallIntegerField()
    blob = models.BinaryField()
    items = models.IntegerField()
    rejected = models.JSONField()  # code -> count
    dropped = models.JSONField()  # attribute name of no contract -> count
    attempts = models.SmallIntegerField(default=0)
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    parked_code = models.CharField(max_length=60, null=True)
    new = models.IntegerField(null=True)
    duplicates = models.IntegerField(null=True)
    conflicts = models.IntegerField(null=True)
    orphans = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "inbox"

    def __str__(self) -> str:
        return str(self.id)


class InboxParked(models.Model):
    """A request set aside because it could not be applied; kept for a person, 30 days."""

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()
    parked_at = models.DateTimeField()
    connector_id = models.BigIntegerField()
    credential_id = models.BigIntegerField()
    signal = models.CharField(max_length=20)
    format = models.SmallIntegerField()
    blob = models.BinaryField()
    items = models.IntegerField()
    code = models.CharField(max_length=60)

    class Meta:
        db_table = "inbox_parked"

    def __str__(self) -> str:
        return f"{self.code} {self.id}"


class IdempotencyKey(models.Model):
    """The digest of an Idempotency-Key that a connector sent, and the answer it got; kept seven days."""

    connector_id = models.BigIntegerField()
    route = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    body_sha256 = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    status = models.SmallIntegerField(null=True)  # null: the first request still runs
    answer = models.BinaryField(null=True)

    class Meta:
        db_table = "idempotency_key"
        constraints = [
            models.UniqueConstraint("connector_id", "route", "key", name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.connector_id}"


class Heartbeat(models.Model):
    """The last sign of life of a connector's stream, and how much it expects to send."""

    connector_id = models.BigIntegerField()
    stream = models.CharField(max_length=80)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    expects_per_hour = models.FloatField(null=True)

    class Meta:
        db_table = "heartbeat"
        constraints = [models.UniqueConstraint("connector_id", "stream", name="heartbeat_once")]

    def __str__(self) -> str:
        return self.stream


class ConnectorActivity(models.Model):
    """One count that a drain appended; a follow-up adds them up, so that drains never share a row."""

    connector_id = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(
        max_length=20
    )  # accepted, rejected, duplicate, conflict, orphan, parked, dropped, sent
    code = models.CharField(max_length=80)
    n = models.IntegerField()

    class Meta:
        db_table = "connector_activity"

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.n}"


class ConnectorCount(models.Model):
    """What a connector did on one UTC day, by kind and code."""

    connector_id = models.BigIntegerField()
    day = models.DateField()
    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=80)
    n = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "connector_count"
        constraints = [
            models.UniqueConstraint("connector_id", "day", "kind", "code", name="connector_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.n}"

"""What was said: business events as they came, technical spans, and events that wait for a transaction."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Event(models.Model):
    """One business event, once. `body` is its canonical record, from which facts can be made again."""

    event_id = models.UUIDField(primary_key=True)
    content_hash = models.BinaryField()
    ended_at = models.DateTimeField()
    received_at = models.DateTimeField()
    connector_id = models.BigIntegerField()
    credential_id = models.BigIntegerField()
    format = models.SmallIntegerField()
    body = models.BinaryField()
    wording_id = models.BigIntegerField(null=True)  # only of one that becomes no fact: facts have their own

    class Meta:
        db_table = "event"
        indexes = [
            models.Index("wording_id", name="event_worded", condition=models.Q(wording_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class Span(models.Model):
    """One technical operation or log record. Partitioned by day of start; made by SQL in migrations."""

    pk = models.CompositePrimaryKey("started_at", "trace_id", "event_id")
    started_at = models.DateTimeField()
    trace_id = models.UUIDField()
    event_id = models.UUIDField()
    ended_at = models.DateTimeField()
    span_id = models.BinaryField()
    parent_id = models.BinaryField(null=True)
    kind = models.SmallIntegerField()
    name = models.TextField()
    service = models.TextField()
    status = models.SmallIntegerField()
    message = models.TextField(null=True)
    attributes = models.JSONField()
    flags = ArrayField(models.TextField())
    received_at = models.DateTimeField()
    connector_id = models.BigIntegerField()
    credential_id = models.BigIntegerField()
    content_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "span"

    def __str__(self) -> str:
        return self.name


class Orphan(models.Model):
    """An event that names its transaction in one workflow only indirectly: through other keys or a trace.

    `bound` is what it is bound to now; it waits while that is empty.
    """

    pk = models.CompositePrimaryKey("event_id", "workflow")
    event_id = models.UUIDField()
    workflow = models.CharField(max_length=60)
    mode = models.CharField(max_length=4)  # one, all
    tokens = ArrayField(models.UUIDField())  # in order of priority
    default_id = models.UUIDField(null=True)
    connector_id = models.BigIntegerField()
    facility_id = models.IntegerField()
    received_at = models.DateTimeField()
    bound = ArrayField(models.UUIDField(), default=list)
    ambiguous = models.BooleanField(default=False)
    looked_at = models.DateTimeField()
    sole = models.BooleanField()  # no workflow knows the event directly: unbound, it is nowhere
    stranded = models.BooleanField(default=False)  # it waited too long, and its connector was told
    wording_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "orphan"
        indexes = [
            models.Index("received_at", name="orphan_waiting", condition=models.Q(bound=[])),
            models.Index("looked_at", name="orphan_looked_at"),
        ]

    def __str__(self) -> str:
        return str(self.event_id)


class EventMove(models.Model):
    """An event that a new mapping placed elsewhere: a hold on the facility that it was at keeps it still."""

    pk = models.CompositePrimaryKey("event_id", "facility_id")
    event_id = models.UUIDField()
    facility_id = models.IntegerField()  # where it was

    class Meta:
        db_table = "event_move"

    def __str__(self) -> str:
        return str(self.event_id)


class FallbackToken(models.Model):
    """The key of a transaction of last resort: its sealed form stays as long as the event that names it."""

    pk = models.CompositePrimaryKey("token", "event_id")
    token = models.UUIDField()
    event_id = models.UUIDField()

    class Meta:
        db_table = "fallback_token"
        indexes = [models.Index("event_id", name="fallback_token_event")]

    def __str__(self) -> str:
        return str(self.event_id)


class OrphanToken(models.Model):
    """Finds the orphans that a newly known key concerns."""

    pk = models.CompositePrimaryKey("token", "event_id", "workflow")
    token = models.UUIDField()
    event_id = models.UUIDField()
    workflow = models.CharField(max_length=60)

    class Meta:
        db_table = "orphan_token"

    def __str__(self) -> str:
        return str(self.event_id)

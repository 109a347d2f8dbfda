"""What was said about a transaction: what measures, reconciliation and attribution read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Fact(models.Model):
    """One business event about one transaction."""

    pk = models.CompositePrimaryKey("transaction_id", "event_id")
    transaction_id = models.UUIDField()
    event_id = models.UUIDField()
    workflow = models.CharField(max_length=60)
    type = models.CharField(max_length=80)
    step = models.CharField(max_length=60)
    effect = models.CharField(max_length=12)
    sequence = models.IntegerField()
    occurred_at = models.DateTimeField()
    observed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    facility_id = models.IntegerField()
    department = models.TextField(null=True)
    payer = models.TextField(null=True)
    interface = models.TextField(null=True)
    connector_id = models.BigIntegerField()
    outcome = models.TextField(null=True)
    basis = models.TextField(null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    reason = models.TextField(null=True)
    attributes = models.JSONField()
    flags = ArrayField(models.TextField())
    trace_id = models.UUIDField(null=True)
    part_opens = ArrayField(models.UUIDField())
    part_refers = ArrayField(models.UUIDField())
    direct = models.BooleanField()  # false: bound through another key, a trace, or a set
    superseded = models.BooleanField(default=False)
    wording_id = models.BigIntegerField(null=True)  # null: said before wordings were kept

    class Meta:
        db_table = "fact"
        indexes = [
            # Finds what a mapping concerns; rows of one wording stand in order of time, so writes append.
            models.Index(
                "wording_id",
                "occurred_at",
                name="fact_worded",
                condition=models.Q(wording_id__isnull=False),
            ),
            # Counts what no mapping can move. Nothing is written into it any more.
            models.Index("facility_id", name="fact_wordless", condition=models.Q(wording_id=None)),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class FactLine(models.Model):
    """One detail of a fact: an adjustment, a service line. `line` "" is the whole fact."""

    pk = models.CompositePrimaryKey("transaction_id", "event_id", "n")
    transaction_id = models.UUIDField()
    event_id = models.UUIDField()
    n = models.IntegerField()  # its place in the event
    line = models.TextField()
    group = models.TextField(null=True, db_column="group_code")
    code = models.TextField(null=True)
    category = models.TextField(null=True)  # of the code, by the table version in the fact's attributes
    basis = models.TextField()
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=4, null=True)

    class Meta:
        db_table = "fact_line"

    def __str__(self) -> str:
        return f"{self.basis} {self.code}"

"""What is left of a transaction whose time was up."""

from django.db import models


class TransactionSummary(models.Model):
    """A purged transaction: its address still answers, and an event that comes later is recognised.

    It holds no identifier. The department is there only to keep hidden what was hidden.
    """

    id = models.UUIDField(primary_key=True)
    workflow = models.CharField(max_length=60)
    workflow_version = models.IntegerField()
    facility_id = models.IntegerField()
    department = models.TextField(null=True)
    phase = models.CharField(max_length=24)
    outcome = models.TextField(null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    paid = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denied = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    started_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    facts = models.IntegerField()
    purged_at = models.DateTimeField()
    run_id = models.BigIntegerField()  # of purge_run, whose audit row is the proof

    class Meta:
        db_table = "transaction_summary"
        indexes = [models.Index("purged_at", name="transaction_summary_purged")]

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"


class PurgedDay(models.Model):
    """A day, in the zone of its facility, on which purged transactions began: it cannot be counted again."""

    workflow = models.CharField(max_length=60)
    facility_id = models.IntegerField()
    day = models.DateField()
    transactions = models.IntegerField()

    class Meta:
        db_table = "purged_day"
        constraints = [models.UniqueConstraint("workflow", "facility_id", "day", name="purged_day_once")]

    def __str__(self) -> str:
        return f"{self.workflow} {self.day}"


class KeptDay(models.Model):
    """Where measures go on counting a transaction whose beginning moved, out of a purged day or into one.

    Such a day keeps the figures that it has: counted where it begins now, the transaction would be in both,
    or in neither.
    """

    transaction_id = models.UUIDField(primary_key=True)
    workflow = models.CharField(max_length=60)
    facility_id = models.IntegerField()
    day = models.DateField()

    class Meta:
        db_table = "kept_day"

    def __str__(self) -> str:
        return f"{self.workflow} {self.transaction_id}"


class LooseToken(models.Model):
    """A token that a purged transaction was known by: its sealed form goes too, unless others need it."""

    token = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "loose_token"

    def __str__(self) -> str:
        return str(self.token)

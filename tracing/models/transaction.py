"""Where a business transaction stands: all of it computed from its facts."""

from django.db import models

from tracing.rules.phases import Phase


class Transaction(models.Model):
    """One instance of a workflow."""

    id = models.UUIDField(primary_key=True)
    workflow = models.CharField(max_length=60)
    workflow_version = models.IntegerField(default=1)
    phase = models.CharField(max_length=24, default=Phase.OPEN)
    outcome = models.TextField(null=True)
    outcome_at = models.DateTimeField(null=True)
    first_outcome = models.TextField(null=True)
    first_outcome_at = models.DateTimeField(null=True)
    first_outcome_event = models.UUIDField(null=True)
    current_step = models.CharField(max_length=60, null=True)
    failed_step = models.CharField(max_length=60, null=True)
    reason = models.TextField(null=True)
    facility_id = models.IntegerField(null=True)  # null only between creation and first fold
    payer = models.TextField(null=True)
    department = models.TextField(null=True)
    variant = models.TextField(null=True)  # what the workflow tells apart, such as the payer sequence
    original = models.BooleanField(default=True)  # false: it began as a replacement or void of another
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)  # of the workflow's basis
    paid = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    denied = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    patient_responsibility = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    started_at = models.DateTimeField(null=True)  # first completion of the workflow's first step
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    facts = models.IntegerField(default=0)

    class Meta:
        db_table = "transaction"
        constraints = [
            models.CheckConstraint(
                name="transaction_phase_known", condition=models.Q(phase__in=[p.value for p in Phase])
            ),
        ]
        indexes = [
            # Serves the list of transactions, newest first.
            models.Index("facility_id", "first_at", "id", name="transaction_listed"),
            # Serves cohorts: instances of a workflow that started in a window.
            models.Index("workflow", "facility_id", "started_at", name="transaction_started"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"


class Step(models.Model):
    """Where one stage of a transaction stands; never read for a measure's history, facts are."""

    pk = models.CompositePrimaryKey("transaction_id", "step")
    transaction_id = models.UUIDField()
    step = models.CharField(max_length=60)
    status = models.CharField(max_length=12)  # completed, failed, reversed, progressing, implied
    at = models.DateTimeField()
    first_at = models.DateTimeField()
    event_id = models.UUIDField()  # the fact its status comes from
    outcome = models.TextField(null=True)
    reason = models.TextField(null=True)
    attempts = models.IntegerField()  # facts that completed or failed it
    failures = models.IntegerField()
    interface = models.TextField(null=True)

    class Meta:
        db_table = "step"

    def __str__(self) -> str:
        return f"{self.step} {self.status}"


class Deadline(models.Model):
    """The next promise of an open transaction. Late, waiting and expected are computed from it."""

    transaction_id = models.UUIDField(primary_key=True)
    workflow = models.CharField(max_length=60)
    facility_id = models.IntegerField()
    step = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    late_since = models.DateTimeField(null=True)  # recorded once by the sweeper

    class Meta:
        db_table = "deadline"
        indexes = [models.Index("due_at", name="deadline_due")]

    def __str__(self) -> str:
        return f"{self.step} by {self.due_at}"

"""Rows that a new mapping moves: how far that has come, and what it did to each transaction."""

from django.db import models

from integrations.models import LocalCode
from observability.accounts.models import User


class Remap(models.Model):
    """One change of the crosswalk, and the walk over the stored rows that it concerns."""

    code = models.ForeignKey(LocalCode, on_delete=models.PROTECT, related_name="remaps")
    made_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    # Two walks: the second takes what was read at the edge under the old crosswalk while the first went on.
    walks = models.IntegerField(default=0)  # finished
    wording_id = models.BigIntegerField(null=True)  # where the walk stands; null: at its beginning
    at = models.DateTimeField(null=True)
    event_id = models.UUIDField(null=True)
    events = models.BigIntegerField(default=0)  # moved so far
    refused = models.JSONField(default=dict)  # why -> how many events stay where they are
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "remap"
        indexes = [
            models.Index("made_at", name="remap_unfinished", condition=models.Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} at {self.made_at}"


class Move(models.Model):
    """One thing of one transaction that a new mapping changed. `earlier_id` is the id it had before."""

    transaction_id = models.UUIDField()
    earlier_id = models.UUIDField()
    field = models.CharField(max_length=60)  # facility, department, payer, or the field that holds the code
    was = models.TextField()  # our code, or the facility's own where it was not mapped
    now = models.TextField()
    at = models.DateTimeField()
    remap = models.ForeignKey(Remap, null=True, on_delete=models.PROTECT, related_name="moves")

    class Meta:
        db_table = "transaction_move"
        constraints = [
            models.UniqueConstraint(
                fields=["transaction_id", "earlier_id", "field", "was", "now", "remap"],
                name="transaction_move_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index("earlier_id", name="transaction_move_from"),
            models.Index("was", name="transaction_move_left", condition=models.Q(field="facility")),
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id} {self.field}"

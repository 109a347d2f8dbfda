"""Codes that messages use and that nobody has mapped, counted now and then."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from integrations.models import LocalCode


class UnmappedCode(models.Model):
    """One unmapped code, where its events stand for now, and what depends on it in one workflow."""

    code = models.ForeignKey(LocalCode, on_delete=models.CASCADE, related_name="+")
    facility_id = models.IntegerField()
    workflow = models.CharField(max_length=60)
    connector_ids = ArrayField(models.BigIntegerField())
    events = models.IntegerField()
    transactions = models.IntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)  # of the transactions, each once
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "unmapped_code"
        constraints = [
            models.UniqueConstraint("code", "facility_id", "workflow", name="unmapped_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} at {self.facility_id}"

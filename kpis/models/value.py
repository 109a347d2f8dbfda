"""Measures by bucket: numerator and denominator, never a ratio."""

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast


class KpiValue(models.Model):
    """One measure of one facility on one local day, in total or by one dimension."""

    kpi = models.CharField(max_length=20)
    version = models.IntegerField()
    bucket = models.DateField()  # the day in the facility's zone
    grain = models.CharField(max_length=20)  # facility, payer, category
    facility_id = models.IntegerField()
    dim_value = models.TextField(default="")
    numerator = models.DecimalField(max_digits=24, decimal_places=4)
    denominator = models.DecimalField(max_digits=24, decimal_places=4)
    counts = models.JSONField(default=dict)  # what stands beside it: how many units
    units = models.GeneratedField(
        expression=Cast(KT("counts__units"), models.IntegerField()),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "kpi_value"
        constraints = [
            models.UniqueConstraint(
                "kpi", "version", "bucket", "grain", "facility_id", "dim_value", name="kpi_value_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["grain", "kpi", "version", "facility_id", "dim_value", "bucket"],
                include=["numerator", "denominator", "units"],
                name="kpi_value_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.bucket}"


class KpiDirty(models.Model):
    """A bucket that changes have touched and that is to be recomputed."""

    workflow = models.CharField(max_length=60)
    facility_id = models.IntegerField()
    bucket = models.DateField()
    since = models.DateTimeField()

    class Meta:
        db_table = "kpi_dirty"
        constraints = [
            models.UniqueConstraint("workflow", "facility_id", "bucket", name="kpi_dirty_once"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.bucket}"

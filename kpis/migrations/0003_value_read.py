from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # measures go on being counted while the index is made

    dependencies = [("kpis", "0002_value_units")]

    operations = [
        AddIndexConcurrently(
            "kpivalue",
            models.Index(
                fields=["grain", "kpi", "version", "facility_id", "dim_value", "bucket"],
                include=("numerator", "denominator", "units"),
                name="kpi_value_read",
            ),
        ),
    ]

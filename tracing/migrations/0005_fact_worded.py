from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # facts go on being written while the index is made

    dependencies = [("tracing", "0004_wording")]

    operations = [
        AddIndexConcurrently(
            "fact",
            models.Index(
                models.F("wording_id"),
                models.F("occurred_at"),
                condition=models.Q(("wording_id__isnull", False)),
                name="fact_worded",
            ),
        ),
    ]

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # events go on being written while the index is made

    dependencies = [("tracing", "0008_remap")]

    operations = [
        migrations.AddField("event", "wording_id", models.BigIntegerField(null=True)),
        AddIndexConcurrently(
            "event",
            models.Index(
                models.F("wording_id"),
                condition=models.Q(("wording_id__isnull", False)),
                name="event_worded",
            ),
        ),
    ]

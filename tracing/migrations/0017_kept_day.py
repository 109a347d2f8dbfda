"""Where measures go on counting what left a purged day, or came to one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracing", "0016_orphan_room")]

    operations = [
        migrations.CreateModel(
            name="KeptDay",
            fields=[
                ("transaction_id", models.UUIDField(primary_key=True, serialize=False)),
                ("workflow", models.CharField(max_length=60)),
                ("facility_id", models.IntegerField()),
                ("day", models.DateField()),
            ],
            options={"db_table": "kept_day"},
        ),
    ]

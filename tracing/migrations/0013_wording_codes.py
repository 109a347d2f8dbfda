import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # facts go on being written while the index is made

    dependencies = [("tracing", "0012_key_former_default")]

    operations = [
        migrations.AddField(
            "wording",
            "codes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.AlterField("move", "field", models.CharField(max_length=60)),
        AddIndexConcurrently(
            "fact",
            models.Index(
                models.F("facility_id"), condition=models.Q(("wording_id", None)), name="fact_wordless"
            ),
        ),
    ]

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast


class Migration(migrations.Migration):
    """Units as a column that the database keeps itself: whatever writes `counts`, old or new, is right."""

    dependencies = [("kpis", "0001_initial")]

    operations = [
        migrations.AddField(
            "kpivalue",
            "units",
            models.GeneratedField(
                expression=Cast(KeyTextTransform("units", "counts"), models.IntegerField()),
                output_field=models.IntegerField(),
                db_persist=True,
            ),
        ),
    ]

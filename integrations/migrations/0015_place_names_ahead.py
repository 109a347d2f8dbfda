import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0014_code_kinds")]

    operations = [
        migrations.CreateModel(
            name="PlaceNameAhead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("valid_from", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="names_ahead",
                        to="integrations.place",
                    ),
                ),
            ],
            options={
                "db_table": "place_name_ahead",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("place"), models.F("valid_from"), name="place_name_begins_once_a_day"
                    )
                ],
            },
        ),
    ]

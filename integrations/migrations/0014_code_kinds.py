"""Codes of every kind of reference entity are mapped. The kinds are declared in reference.yaml, not here."""

import django.db.models.deletion
from django.db import migrations, models

IS_ONE_THING = "code_meaning_is_one_thing"


ONE_THING = (
    models.Q(facility=None, department=None)
    | models.Q(department=None, entity=None)
    | models.Q(facility=None, entity=None)
)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0013_hold_rekeyed")]

    operations = [
        migrations.RemoveConstraint("localcode", "local_code_kind_is_known"),
        migrations.AlterField("localcode", "kind", models.CharField(max_length=20)),
        # The column stays as it is: a release before this one reads and writes it.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("codemeaning", IS_ONE_THING),
                migrations.RenameField("codemeaning", "payer", "entity"),
                migrations.AlterField(
                    "codemeaning",
                    "entity",
                    models.ForeignKey(
                        db_column="payer_id",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="integrations.referenceentity",
                    ),
                ),
                migrations.AddConstraint(
                    "codemeaning",
                    models.CheckConstraint(condition=ONE_THING, name=IS_ONE_THING),
                ),
            ]
        ),
    ]

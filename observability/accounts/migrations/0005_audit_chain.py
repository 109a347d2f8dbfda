from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_access_grants")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    (SQL / "0005_audit_chain.up.sql").read_text(),
                    (SQL / "0005_audit_chain.down.sql").read_text(),
                ),
            ],
            state_operations=[
                migrations.DeleteModel("AuditRow"),
                migrations.CreateModel(
                    name="AuditRow",
                    fields=[
                        ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("actor", models.TextField()),
                        ("actor_type", models.TextField()),
                        ("role", models.TextField()),
                        ("source_ip", models.TextField()),
                        ("session_hash", models.TextField()),
                        ("act", models.TextField()),
                        ("object_type", models.TextField()),
                        ("object_id", models.TextField()),
                        ("outcome", models.TextField()),
                        ("reason", models.TextField()),
                        ("changes", models.JSONField(null=True)),
                        ("changes_hash", models.TextField()),
                        ("mentions", django.contrib.postgres.fields.ArrayField(models.UUIDField())),
                        ("facility_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
                        ("request_id", models.TextField()),
                        ("trace_id", models.TextField()),
                        ("kid", models.TextField()),
                        ("prev_hash", models.TextField()),
                        ("hash", models.TextField()),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={"db_table": "audit_row", "managed": False},
                ),
            ],
        ),
    ]

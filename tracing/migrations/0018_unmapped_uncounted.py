from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tracing", "0017_kept_day")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    (SQL / "0018_unmapped_uncounted.up.sql").read_text(),
                    (SQL / "0018_unmapped_uncounted.down.sql").read_text(),
                ),
            ],
            state_operations=[migrations.RemoveField("unmappedcode", "counted_at")],
        ),
    ]

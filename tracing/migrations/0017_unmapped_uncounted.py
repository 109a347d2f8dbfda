from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tracing", "0016_orphan_room")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    (SQL / "0017_unmapped_uncounted.up.sql").read_text(),
                    (SQL / "0017_unmapped_uncounted.down.sql").read_text(),
                ),
            ],
            state_operations=[migrations.RemoveField("unmappedcode", "counted_at")],
        ),
    ]

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0012_seen")]
    operations = [
        migrations.RunSQL(
            (SQL / "0013_hold_rekeyed.up.sql").read_text(), (SQL / "0013_hold_rekeyed.down.sql").read_text()
        ),
    ]

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0007_crosswalk")]
    operations = [
        migrations.RunSQL(
            (SQL / "0008_crosswalk.up.sql").read_text(), (SQL / "0008_crosswalk.down.sql").read_text()
        ),
    ]

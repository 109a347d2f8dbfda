from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_place")]
    operations = [
        migrations.RunSQL(
            (SQL / "0004_place_reach.up.sql").read_text(), (SQL / "0004_place_reach.down.sql").read_text()
        ),
    ]

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "0002_inbox.up.sql").read_text(), (SQL / "0002_inbox.down.sql").read_text()),
    ]

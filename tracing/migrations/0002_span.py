from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("tracing", "0001_initial")]
    operations = [
        migrations.RunSQL((SQL / "0002_span.up.sql").read_text(), (SQL / "0002_span.down.sql").read_text()),
    ]

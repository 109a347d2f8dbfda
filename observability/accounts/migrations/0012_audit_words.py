from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_audit_mentions")]
    operations = [
        migrations.RunSQL(
            (SQL / "0012_audit_words.up.sql").read_text(), (SQL / "0012_audit_words.down.sql").read_text()
        ),
    ]

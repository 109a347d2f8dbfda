from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sign_in_failure")]
    operations = [
        migrations.RunSQL(
            (SQL / "0003_audit_append_only.up.sql").read_text(),
            (SQL / "0003_audit_append_only.down.sql").read_text(),
        ),
    ]

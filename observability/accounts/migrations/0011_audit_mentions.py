from django.db import migrations


class Migration(migrations.Migration):
    """Index mentions at once: a pending list would be emptied by some act, under the lock that orders all acts."""

    dependencies = [("accounts", "0010_outside_identities")]
    operations = [
        migrations.RunSQL(
            [
                "ALTER INDEX audit_row_mentions SET (fastupdate = off)",
                "SELECT gin_clean_pending_list('audit_row_mentions'::regclass)",
            ],
            "ALTER INDEX audit_row_mentions RESET (fastupdate)",
        ),
    ]

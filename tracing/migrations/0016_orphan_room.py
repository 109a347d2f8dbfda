"""Leave room on the pages of orphans: each pass that concerns one writes its row as a lock."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tracing", "0015_event_move")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orphan SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE orphan RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        )
    ]

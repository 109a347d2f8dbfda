"""The app of what exists, what comes in, what goes out."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Systems, connectors, contracts, ingest."""

    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the classes of data that this app knows purged."""
        from integrations.retention.ours import register_ours

        register_ours()

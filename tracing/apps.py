"""The app of what happened to each transaction."""

from django.apps import AppConfig


class TracingConfig(AppConfig):
    """Workflows, correlation, transactions."""

    name = "tracing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the edge which steps are followed here, who asks what is sealed here, and how it is purged."""
        from integrations.catalogue.workflows import DeclaredWorkflow, declare
        from observability.accounts.explaining import place_by
        from tracing import declarations
        from tracing.placed import placed
        from tracing.retention.days import register_days
        from tracing.retention.names import register_names
        from tracing.retention.transactions import register_transactions
        from tracing.storage import reseal

        reseal.register()
        register_days()
        register_transactions()
        register_names()
        for view in ("tracing:transaction", "tracing:reveal"):
            place_by(view, placed)
        for name, steps in declarations.steps().items():
            declare(DeclaredWorkflow(name, declarations.latest(name).instance, steps))

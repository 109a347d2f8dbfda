"""The app of what happened to each transaction."""

from django.apps import AppConfig


class TracingConfig(AppConfig):
    """Workflows, correlation, transactions."""

    name = "tracing"
    default_auto_field = "django.db.models.BigAutoField"

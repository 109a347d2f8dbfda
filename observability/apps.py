"""The project as an app: it holds the commands, templates tags and checks that span the domains."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """The platform."""

    name = "observability"

    def ready(self) -> None:
        """Load the Celery application, so that every process's tasks belong to it, and the system checks."""
        from observability import celery, checks  # noqa: F401

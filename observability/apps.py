"""The project as an app: it holds the commands, templates tags and checks that span the domains."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """The platform."""

    name = "observability"

    def ready(self) -> None:
<<<<<<< HEAD
        """Load the Celery application, so that every process's tasks belong to it."""
        from observability import celery  # noqa: F401
=======
        """Register the system checks."""
        from observability import checks  # noqa: F401
>>>>>>> 03b955f (Sign in, audit, reveal, headers, log lines and error pages)

"""The project as an app: it holds the commands, templates tags and checks that span the domains."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """The platform."""

    name = "observability"

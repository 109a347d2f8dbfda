"""The app of what it meant for the business."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Measures, roll-ups, the board."""

    name = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

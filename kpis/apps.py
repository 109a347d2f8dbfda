"""The app of what it meant for the business."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Measures, roll-ups, the board."""

    name = "kpis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have measures purged, and transactions wait until they are counted."""
        from kpis.rollup.keeping import register_measures

        register_measures()

"""The app of people: users, roles, grants, audit."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and what they may see."""

    name = "observability.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell who asks what is kept sealed here."""
        from observability.accounts.factors import adapter

        adapter.register()

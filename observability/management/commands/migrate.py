"""`manage.py migrate`: Django's own, as the owner of the tables, who then gives each to its role."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections

from observability.core import db_roles


class Command(migrate.Command):
    """Migrate as DATABASE_OWNER_URL; the application's own login may not change the audit tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then settle who owns and may do what."""
        with db_roles.as_owner(connections[options["database"] or DEFAULT_DB_ALIAS]):
            super().handle(*args, **options)
            db_roles.settle()

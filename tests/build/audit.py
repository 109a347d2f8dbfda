"""The audit tables, as their owner sees them: only tests empty them or tamper with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg.sql
from django.conf import settings
from django.db import connection

from observability.core import db_roles


@contextmanager
def as_owner() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of the owner, for whom triggers do not fire."""
    login, here = settings.DATABASE_OWNER, connection.settings_dict
    where: dict[str, Any] = {
        "user": login["USER"],
        "password": login["PASSWORD"],
        "host": login["HOST"],
        "port": login["PORT"],
    }
    with psycopg.connect(dbname=here["NAME"], autocommit=True, **where) as link:
        link.execute("SET session_replication_role = replica")
        yield link


def empty_audit() -> None:
    """Begin a new chain."""
    with as_owner() as owner:
        owner.execute("TRUNCATE audit_row")
        owner.execute("UPDATE audit_head SET seq = 0, hash = '', first_seq = 1, first_hash = ''")


@contextmanager
def unwritable() -> Iterator[None]:
    """Take from the application the right to add audit rows."""
    app = psycopg.sql.Identifier(db_roles.APPLICATION)
    with as_owner() as owner:
        owner.execute(psycopg.sql.SQL("REVOKE INSERT ON audit_row FROM {}").format(app))
        try:
            yield
        finally:
            owner.execute(psycopg.sql.SQL("GRANT INSERT ON audit_row TO {}").format(app))

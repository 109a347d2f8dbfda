"""Who may do what in the database: the owner makes tables, the application works, purge deletes.

The names are those of the logins in DATABASE_OWNER_URL and DATABASE_URL; purge is a role without a login
that the application takes for one transaction. Tables that go by whole days belong to it, with their
partitions. Where both addresses name one login there is nothing to separate: the product works, and
`/readyz` says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import (
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import sql

# Read once: `as_owner` changes these very settings.
APPLICATION = str(settings.DATABASES["default"]["USER"])
TRIES = 5
LOCK_MS = 2_000  # that a table is waited for: whoever comes after waits behind us
LOGIN = ("USER", "PASSWORD", "HOST", "PORT")
AUDIT_TABLES = ("audit_row", "audit_head")
# What was said, and what is left of it, is only ever deleted by the purge. What the drain itself works out
# (facts, keys, steps) it also takes back.
KEPT_TABLES = (
    "event",
    "inbox",
    "identifier",
    "span",
    "gauge",
    "legal_hold",
    "purge_run",
    "transaction_summary",
    "purged_day",
)
# These the purge writes too.
PURGE_TABLES = ("transaction_summary", "purged_day")
OWNED = """
SELECT c.relname, c.relkind
  FROM pg_class c
  JOIN pg_roles r ON r.oid = c.relowner
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
   -- What goes by days is for purge.
   AND NOT c.relispartition AND r.rolname = current_user AND c.relname <> ALL(%s)
   -- An extension's own stay with it; a column's sequence follows its table.
   AND NOT EXISTS (SELECT 1 FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND (d.deptype = 'e' OR (c.relkind = 'S' AND d.deptype IN ('a', 'i'))))
"""
# Tables that go by whole days: who owns a partition may drop it.
BY_DAY = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'p' AND NOT relispartition ORDER BY relname
"""
DAYS = "SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE level > 0 ORDER BY 1"
BELONGS_TO_PURGE = """
SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                WHERE c.oid = to_regclass(%s) AND r.rolname = %s)
"""
KIND = {"r": "TABLE", "v": "VIEW", "m": "MATERIALIZED VIEW", "S": "SEQUENCE"}


@contextmanager
def as_owner(link: BaseDatabaseWrapper) -> Iterator[None]:
    """Let `link` work as the owner of the database's tables, then as the application again."""
    mine = {name: link.settings_dict[name] for name in LOGIN}
    link.close()
    link.settings_dict.update({name: settings.DATABASE_OWNER[name] for name in LOGIN})
    try:
        yield
    finally:
        link.close()
        link.settings_dict.update(mine)


@contextmanager
def purging() -> Iterator[None]:
    """One transaction under the purge role, which alone may delete what was said, and old audit rows."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [purge_role()])
            if cursor.fetchone():
                cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(purge_role())))
        yield
        # What fails is rolled back, and the role with it; to ask for it then would hide what went wrong.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL ROLE NONE")


@contextmanager
def making_days(table: str) -> Iterator[None]:
    """One transaction that may make and drop partitions of `table`: under purge, where that owns it."""
    with connection.cursor() as cursor:
        cursor.execute(BELONGS_TO_PURGE, [table, purge_role()])
        its = bool(cursor.fetchone()[0])
    with purging() if its else transaction.atomic():
        yield


def purge_role() -> str:
    """Return the role that purges."""
    return f"{APPLICATION}_purge"


def is_separate(table: str = "audit_row") -> bool:
    """Say whether a table belongs to another role than the one that asks, which cannot drop it then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass(%s)",
            [table],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def settle() -> None:
    """Give each table to who works with it, after a migration; the caller is connected as the owner.

    Roles belong to the whole server: where another database of it settles at this moment, or somebody reads
    a table that is to be handed over, it tries again.
    """
    for step in (_settle, _settle_days):
        for tries_left in reversed(range(TRIES)):
            try:
                step()
                break
            except (IntegrityError, InternalError, OperationalError, ProgrammingError):
                if not tries_left:
                    raise


def _is_one_login(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT current_user, to_regclass('audit_head') IS NOT NULL")
    owner, made = cursor.fetchone()
    return owner == APPLICATION or not made


def _settle() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if _is_one_login(cursor):
            return
        app, purge = sql.Identifier(APPLICATION), sql.Identifier(purge_role())
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [purge_role()])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(purge))
        # Taken on purpose (SET ROLE), never had by the way.
        cursor.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(app))
        cursor.execute(sql.SQL("GRANT {} TO {}").format(purge, app))
        # So that a migration may alter what belongs to purge.
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(purge))
        # Who owns the schema may drop any table in it.
        cursor.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
        cursor.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}, {}").format(app, purge))
        cursor.execute(OWNED, [list(AUDIT_TABLES)])
        for name, kind in cursor.fetchall():
            cursor.execute(
                sql.SQL("ALTER {} {} OWNER TO {}").format(sql.SQL(KIND[kind]), sql.Identifier(name), app)
            )
        _grant(cursor, app, purge)


def _settle_days() -> None:
    """Give what goes by days to purge, one table after another: each is locked for a moment only."""
    with connection.cursor() as cursor:
        if _is_one_login(cursor):
            return
        cursor.execute(BY_DAY)
        tables = [name for (name,) in cursor.fetchall()]
    for table in tables:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_MS}ms"])
            # First the table itself, which nobody can add a day to from then on.
            _give_to_purge(cursor, table, rights="SELECT, INSERT, UPDATE")
            cursor.execute(DAYS, [table])
            for (day,) in cursor.fetchall():
                _give_to_purge(cursor, day, rights="SELECT")


def _give_to_purge(cursor: CursorWrapper, table: str, *, rights: str) -> None:
    app, purge, here = (sql.Identifier(name) for name in (APPLICATION, purge_role(), table))
    cursor.execute(BELONGS_TO_PURGE, [table, purge_role()])
    if not cursor.fetchone()[0]:
        cursor.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(here, purge))
    cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), here, app))


def _grant(cursor: CursorWrapper, app: sql.Identifier, purge: sql.Identifier) -> None:
    rights = (
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {purge}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {purge}",
        "REVOKE ALL ON audit_row, audit_head FROM PUBLIC, {app}, {purge}",
        "GRANT SELECT, INSERT ON audit_row TO {app}, {purge}",
        "GRANT SELECT, UPDATE ON audit_head TO {app}, {purge}",
        "GRANT DELETE, UPDATE (reason, changes) ON audit_row TO {purge}",
        # Of the days that purge makes, which are written to by way of their table.
        "ALTER DEFAULT PRIVILEGES FOR ROLE {purge} IN SCHEMA public GRANT SELECT ON TABLES TO {app}",
    )
    for right in rights:
        cursor.execute(sql.SQL(right).format(app=app, purge=purge))
    for name in KEPT_TABLES:
        right = "REVOKE DELETE{more} ON {table} FROM {app}"
        more = sql.SQL(", INSERT, UPDATE" if name in PURGE_TABLES else "")
        cursor.execute(sql.SQL("SELECT to_regclass({})").format(name))
        if cursor.fetchone()[0] is not None:
            cursor.execute(sql.SQL(right).format(more=more, table=sql.Identifier(name), app=app))

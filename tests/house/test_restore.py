"""A dump is restored as docs/audit.md says: every table is whose it was, and the chain is whole."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from observability.accounts import audit
from observability.core import partitions
from observability.core.clock import now
from observability.embedded.accounts import current
from observability.embedded.programs import postgres_programs
from tests.architecture.tree import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
COPY = "restored"
RIGHTS = """
    SELECT c.relname, c.relkind, c.relowner::regrole::text,
           ARRAY(SELECT unnest(c.relacl)::text ORDER BY 1), ARRAY(SELECT t.tgname FROM pg_trigger t
                  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal ORDER BY 1)::text[]
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')
     ORDER BY 1
"""
GUARDS = """
    SELECT proname, proowner::regrole::text, proconfig FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' ORDER BY 1
"""


def url(login: str, database: str) -> str:
    """Return the address of a database of the server that tests use."""
    socket = quote(str(connection.settings_dict["HOST"]), safe="/")
    return f"postgresql://{login}@/{database}?host={socket}&port={connection.settings_dict['PORT']}"


def run(*command: str | Path, **more: str) -> str:
    """Run it to its end; fail with what it said."""
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(login: str, database: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(url(login, database)) as link:
        return [link.execute(question).fetchall() for question in (RIGHTS, GUARDS)]


def test_a_restored_dump_belongs_to_whom_it_did_and_its_chain_is_whole(tmp_path: Path) -> None:
    owner, here = str(settings.DATABASE_OWNER["USER"]), str(connection.settings_dict["NAME"])
    programs, file = postgres_programs(current()), tmp_path / "dump"
    partitions.ensure_days("inbox", [now().date()], by_date=True)
    with transaction.atomic():
        audit.record(audit.Act.GRANTED, user=None, object_type="grant", object_id=1, at=now())
    run(programs / "pg_dump", "-Fc", "-d", url(owner, here), "-f", file)

    with psycopg.connect(url(owner, "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {COPY}")
        try:
            run(programs / "pg_restore", "--no-owner", "--no-privileges", "-d", url(owner, COPY), file)
            environment = {
                "DATABASE_OWNER_URL": url(owner, COPY),
                "DATABASE_URL": url(str(settings.DATABASES["default"]["USER"]), COPY),
            }
            run(sys.executable, "manage.py", "migrate", "-v0", **environment)
            said = run(sys.executable, "manage.py", "audit", "verify", **environment)
            assert said.startswith("1 rows up to 1")
            assert state(owner, COPY) == state(owner, here)
        finally:
            server.execute(f"DROP DATABASE {COPY} WITH (FORCE)")

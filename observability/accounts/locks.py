"""Let one transaction at a time through where a limit is counted before it is used up."""

from django.db import connection


def one_at_a_time(name: str) -> None:
    """Wait for other transactions that hold `name`; held until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

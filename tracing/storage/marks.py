"""How far work has come that goes through a table little by little: each keeps the moment it has reached."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

# Creates and locks in one: of two processes that do the same work, the other waits and goes on from there.
REACHED = """
    INSERT INTO follow_up (name) VALUES (%(name)s)
    ON CONFLICT (name) DO UPDATE SET mark = follow_up.mark
    RETURNING mark
"""
MOVE = "UPDATE follow_up SET mark = %(mark)s WHERE name = %(name)s"


def go_on(name: str, step: Callable[[datetime | None], datetime | None]) -> None:
    """Go on with work of this name from where it stands, inside the caller's transaction.

    `step` is given the moment that was reached, None at the beginning, and answers the moment it comes to;
    None is the beginning again.
    """
    with connection.cursor() as cursor:
        cursor.execute(REACHED, {"name": name})
        row = cursor.fetchone()
        mark = step(row[0] if row else None)
        cursor.execute(MOVE, {"name": name, "mark": mark})

#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from observability.env import BadEnvironment

    try:
        execute_from_command_line(sys.argv)
    except BadEnvironment as exc:
        sys.exit(f"{exc}.")
    except OperationalError as exc:
        if getattr(exc.__cause__, "sqlstate", None):  # it answered, and this is what it said
            raise
        why = str(exc).partition("\n")[0]
        sys.exit(f"No database answers: start bin/demo, or name one with DATABASE_URL ({why}).")


if __name__ == "__main__":
    main()

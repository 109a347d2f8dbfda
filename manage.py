#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")
    from django.core.management import execute_from_command_line

    from observability.env import BadEnvironment

    try:
        execute_from_command_line(sys.argv)
    except BadEnvironment as exc:
        sys.exit(f"{exc}.")


if __name__ == "__main__":
    main()

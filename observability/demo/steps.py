"""The management commands that fill the demo, in order; each is a door of its own and can be run alone."""

# Run to their end after the migrations, before the web server starts. Their output is shown.
PREPARE: tuple[tuple[str, ...], ...] = ()
# Kept running beside the product while the demo runs; `{url}` is where it answers.
TRAFFIC: tuple[tuple[str, ...], ...] = ()
# Printed when the demo is ready: role, user name, password.
SIGN_INS: tuple[tuple[str, str, str], ...] = ()

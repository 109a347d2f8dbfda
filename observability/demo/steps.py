"""The management commands that fill the demo, in order; each is a door of its own and can be run alone.

In their words `{url}` is where the product answers, and `{data}` the folder of its data.
"""

from observability.accounts.demo import PASSWORD, PEOPLE

# Run to their end after the migrations, before the web server starts. Their output is shown.
PREPARE: tuple[tuple[str, ...], ...] = (("demo_system",),)
# Run to their end once the product answers, before the demo says that it is ready. Their output is shown.
FILL: tuple[tuple[str, ...], ...] = (("demo_history", "--url", "{url}", "--data", "{data}"),)
# Kept running beside the product while the demo runs.
TRAFFIC: tuple[tuple[str, ...], ...] = (("demo_live", "--url", "{url}", "--data", "{data}"),)
# Printed when the demo is ready: role, user name, password.
SIGN_INS: tuple[tuple[str, str, str], ...] = tuple(
    (person.role.value, person.username, PASSWORD) for person in PEOPLE
)

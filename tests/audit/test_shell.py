"""Acts from the shell: the audit says under which account of the machine they were done."""

import getpass
from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class

from observability.accounts.models import AuditRow
from tests.audit.acts import WHY
from tests.build import build_facility, build_user
from tests.build.factors import build_app

# What only reads, starts processes or makes up data; `access` says it itself.
NO_ACTS = {
    "access", "bench", "connect", "demo", "demo_history", "demo_live", "demo_system", "demo_users",
    "kpis", "migrate", "parked", "refold", "up",
}  # fmt: skip
OURS = ("observability", "integrations", "tracing", "kpis")


@pytest.mark.django_db
def test_whoever_runs_a_command_is_on_record() -> None:
    build_facility("NORTH")
    build_app(build_user("bob"))

    call_command("mfa", "reset", "bob", "--reason", WHY, stdout=StringIO())
    call_command("connector", "create", "lab", "--facility", "NORTH", stdout=StringIO())

    rows = AuditRow.objects.filter(act__in=("factors_reset", "connector_created"))
    assert [(row.actor, row.actor_type) for row in rows] == [(getpass.getuser(), "system")] * 2


@pytest.mark.parametrize("name", sorted(n for n, app in get_commands().items() if str(app).startswith(OURS)))
def test_every_command_that_acts_says_who_runs_it(name: str) -> None:
    handle = type(load_command_class(str(get_commands()[name]), name)).handle
    assert hasattr(handle, "__wrapped__") == (name not in NO_ACTS)

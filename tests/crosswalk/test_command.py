"""The crosswalk from the shell."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations.models import CodeMeaning, RegisterPlan
from observability.accounts.scopes import Scope
from observability.core import clock
from tests.build import build_facility
from tracing.mapping_plans import IMPORT
from tracing.models import Remap

pytestmark = pytest.mark.django_db
HEAD = "kind,authority,code,target,from,to,owner,reason\n"


def test_a_file_is_planned_then_applied_and_a_second_time_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_facility("HILL")
    file = tmp_path / "mappings.csv"
    file.write_text(f"{HEAD}facility,NPI,9000000606,HILL,2026-03-01,,Team,Joined in March\n")

    call_command("crosswalk", "plan", str(file))
    assert not CodeMeaning.objects.exists()
    call_command("crosswalk", "apply", str(file))
    call_command("crosswalk", "apply", str(file))
    call_command("crosswalk", "list")

    said = capsys.readouterr().out.splitlines()
    assert "0 changed. Rows move by themselves." in said
    assert said[-1] == "facility npi 9000000606: HILL, 2026-03-01 to … (Team)"
    assert Remap.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("facility,npi,1,NOWHERE,,,,A good reason", "no such facility"),
        ("ward,npi,1,HILL,,,,A good reason", "none of facility"),
        ("facility,npi,1,HILL,yesterday,,,A good reason", "A day is written"),
        ("facility,npi,1,HILL,,9999-12-31,,A good reason", "A day is written"),
        ("facility,npi,1,HILL,,,,short", "A reason has at least"),
        ("facility,npi,1\x07,HILL,,,,A good reason", "cannot be shown"),
    ],
)
def test_a_file_with_a_bad_row_is_not_applied(
    row: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_facility("HILL")
    file = tmp_path / "mappings.csv"
    file.write_text(f"{HEAD}facility,npi,9,HILL,,,,A good reason\n{row}\n")

    with pytest.raises(CommandError, match="mend the refused rows"):
        call_command("crosswalk", "apply", str(file))

    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("refused row 3")]
    assert why in said
    assert not CodeMeaning.objects.exists()


def test_a_tax_number_stands_in_no_plan_and_is_mapped_all_the_same() -> None:
    build_facility("HILL")
    file = f"{HEAD}facility,TIN,12-3456789,HILL,,,,A good reason\n".encode()
    at, everything = clock.now(), Scope.system()
    plan = IMPORT.plan(file, scope=everything, today=at.date())
    kept = IMPORT.keep(plan, user=None, file_name="mappings.csv", at=at)

    assert "3456789" not in str(RegisterPlan.objects.get().changes)
    assert IMPORT.apply_kept(kept.pk, scope=everything, user=None, at=at) == 1
    again = IMPORT.plan(file, scope=everything, today=at.date())
    assert (again.changes, again.unchanged) == ([], 1)


def test_what_no_database_keeps_is_refused_in_json_too() -> None:
    odd = ("kind", "authority", "code", "target", "owner", "reason")
    rows = [
        {**dict.fromkeys(odd, "x"), name: r"\u0000" if n % 2 else r"\ud800"} for n, name in enumerate(odd)
    ]
    file = json.dumps({"mappings": rows}).replace(r"\\u", r"\u").encode()
    plan = IMPORT.plan(file, scope=Scope.system(), today=clock.now().date())
    assert {each.code for each in plan.refusals} == {"value_unprintable"}
    assert len(plan.refusals) == len(odd)

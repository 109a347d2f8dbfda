"""The pages of reference data: who sees what, who changes it, and that a form is held to the same rules."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from integrations.catalogue import register_files
from integrations.catalogue.code_kinds import PAYER
from integrations.catalogue.reference_kinds import kinds
from integrations.models import ReferenceEntity, RegisterChange, RegisterPlan
from integrations.queries import reference as queries
from integrations.reference import entities
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.rows import shape
from integrations.reference.storing import everything
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tests.build import build_facility, build_user, grant, sign_in
from tests.build.reference import TODAY, know, say
from tests.reference.test_entities import FILE

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system()


def everywhere(client: Client, name: str = "ines") -> Client:
    """Sign in an engineer of every facility."""
    build_facility("NORTH")
    user = build_user(name)
    grant(user, Role.ENGINEER, at=None)
    return sign_in(client, user)


def test_a_file_is_uploaded_looked_at_and_applied_by_who_uploaded_it(client: Client, tmp_path: Path) -> None:
    everywhere(client)
    file = tmp_path / "reference.csv"
    file.write_bytes(FILE + b"provider,P2,Roe,,,1234567890\n")

    with file.open("rb") as upload:
        shown = client.post("/reference/import/", {"file": upload}, follow=True).content.decode()
    assert "3 to add" in shown
    assert "value_malformed" in shown
    kept = RegisterPlan.objects.get()
    assert client.get(f"/catalogue/import/{kept.pk}/")["Location"] == "/catalogue/import/"
    done = client.post(f"/reference/import/{kept.pk}/apply/", follow=True).content.decode()
    assert "1 of 4 reference entities have an owner (25&nbsp;%)" in done
    exported = client.get("/reference/export/csv/").content
    rows, unread = register_files.read(exported, shape(kinds()))
    assert entities.plan_of(rows, scope=SYSTEM, today=TODAY, refusals=unread).unchanged == 3
    assert AuditRow.objects.filter(act="reference_exported").count() == 1
    everywhere(client, "other")
    assert client.get(f"/reference/import/{kept.pk}/")["Location"] == "/reference/import/"


def test_a_change_by_hand_holds_from_its_day_and_is_held_to_the_same_rules(client: Client) -> None:
    know("payer", "BLUE", name="Blue", filing_days="90")
    say("payer", "BLUE", name="Blue to come", valid_from="2099-01-01")
    everywhere(client)
    url = "/reference/payer/BLUE/edit/"
    refused = client.post(url, {"filing_days": "soon"})
    assert refused.status_code == 422
    assert "This is not written as it has to be." in refused.content.decode()
    assert client.post(url, {"owner": "Contracting", "valid_from": "2026-05-01"}).status_code == 302
    told = [(each.value["name"], each.value["owner"]) for each in everything()["payer", "BLUE"]]
    assert told == [("Blue", ""), ("Blue", "Contracting"), ("Blue to come", "Contracting")]
    page = client.get("/reference/payer/BLUE/").content.decode()
    assert "ines" in page
    assert "calendar days from the last day of service" in page.lower()
    assert client.post("/reference/payer/new/", {"code": "BLUE", "name": "Again"}).status_code == 422
    assert client.post(url, {"ends_on": "2026-12-31"}).status_code == 302
    assert everything()["payer", "BLUE"][-1].last is not None


def test_who_manages_one_facility_reads_and_changes_nothing(client: Client) -> None:
    know("provider", "P1", facilities=build_facility("SOUTH").code, owner="Staff office")
    sign_in(client, build_user("ines", role=Role.ENGINEER, at=("NORTH",)))

    page = client.get("/reference/provider/P1/")
    assert page.status_code == 200
    assert b"South" not in page.content
    assert b"edit/" not in page.content
    for path in ("provider/P1/edit/", "provider/new/", "import/"):
        assert client.post(f"/reference/{path}", {"name": "Mine"})["Location"] == "/reference/"
    assert everything()["provider", "P1"][0].value["name"] == "P1"
    assert b"P1" not in client.get("/reference/export/json/").content
    assert client.get("/reference/toaster/").status_code == 404
    assert client.get("/reference/provider/P2/").status_code == 404


def test_the_page_of_a_payer_tells_what_ones_own_facilities_call_it(client: Client) -> None:
    payer = ReferenceEntity.objects.get(kind="payer", code=know("payer", "BLUE"))
    for authority, code in (("*", "BR01"), (build_facility("SOUTH").code, "HIDDEN-1"), ("NORTH", "BRHP")):
        mean(Named(PAYER, authority, code), Target(entity_id=payer.pk), reason="a code of a test",
             by=None, at=now())  # fmt: skip
    sign_in(client, build_user("ines", role=Role.ENGINEER, at=("NORTH",)))
    page = client.get("/reference/payer/BLUE/").content.decode()
    assert "BR01" in page
    assert "BRHP" in page
    assert "HIDDEN-1" not in page


def test_coverage_counts_what_is_there_today_and_findings_lead_to_it() -> None:
    gone = build_user("gone")
    gone.is_active = False
    gone.save()
    know("payer", "A", owner="A team", steward="B")
    know("payer", "B", owner_user="gone")
    know("payer", "C")
    know("payer", "OLD", valid_from="2020-01-01", valid_to="2020-12-31")
    know("payer", "SOON", valid_from="2099-01-01")

    assert queries.counts_by_kind(scope=SYSTEM, today=TODAY) == [
        queries.KindCount("payer", entities=3, owned=1, no_owner=1, owner_left=1, no_steward=2)
    ]

    def codes(**wanted: str) -> list[str]:
        found = queries.entities_in(scope=SYSTEM, today=TODAY, kind="payer", wanted=queries.Wanted(**wanted))
        return [each.code for each in found]

    assert codes(finding="owner_left") == ["B"]
    assert (codes(state="ended"), codes(state="later")) == (["OLD"], ["SOON"])
    assert queries.counts_by_kind(scope=Scope(facility_ids=()), today=TODAY) == []


def test_the_reference_data_of_the_demonstration_is_taken_once(settings: Any) -> None:
    settings.DEMO = True
    call_command("demo_system")
    said = RegisterChange.objects.count()
    call_command("demo_system")

    assert RegisterChange.objects.count() == said
    counts = queries.counts_by_kind(scope=SYSTEM, today=now().date())
    assert {each.kind for each in counts} == set(kinds())
    assert sum(each.no_owner for each in counts) > 0

"""Who has an NPI in the reference data is known by it without a row of the crosswalk."""

from datetime import UTC, timedelta

import pytest
from django.test import Client

from integrations.catalogue.plans import Row
from integrations.ingest import crosswalks
from integrations.models import LocalCode
from integrations.reference import entities
from integrations.reference.crosswalk import NOT_OURS, Named
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.core import clock
from tests.build import build_user, sign_in
from tests.build.claims import submitted
from tests.crosswalk.mapping import walk
from tests.ingest.posting import Poster
from tracing.models import Fact, Move, Remap
from tracing.queries.unmapped import unmapped
from tracing.storage import numbered, remap
from tracing.storage.drain import drain
from tracing.storage.remap_plan import Change
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.django_db(transaction=True)
YESTERDAY = clock.now().astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
NPI = "1234567893"


def post(sender: Poster, number: str) -> None:
    crosswalks.forget()
    sender.events([submitted(number, YESTERDAY, rendering_provider=NPI)])
    drain(seconds=60)


def know(code: str, **values: str) -> None:
    rows = [Row(1, "provider", {"code": code, "name": "Dr Hill", **values})]
    plan = entities.plan_of(rows, scope=Scope.system(), today=YESTERDAY.date())
    assert not plan.refusals
    entities.apply(plan.changes, scope=Scope.system(), user=None, at=clock.now())


def providers() -> list[str]:
    return [fact.attributes["rendering_provider"] for fact in Fact.objects.order_by("pk")]


def test_an_npi_of_the_reference_data_is_resolved_and_moves_what_came_before(shared: Poster) -> None:
    post(shared, "C-1")
    know("DR-HILL", npi=NPI)
    know("DR-LAKE", npi="1999999984")
    looks = (clock.now(), clock.now() + timedelta(minutes=2))
    assert [numbered.follow(at) for at in looks] == [1, 0]
    walk()
    post(shared, "C-2")

    assert providers() == ["DR-HILL", "DR-HILL"]
    assert Move.objects.filter(field="rendering_provider", was=NPI, now="DR-HILL").count() == 1
    count_unmapped(clock.now())
    assert unmapped(scope=Scope.system(), kind="provider") == []
    client = sign_in(Client(), build_user("ines", role=Role.ENGINEER))
    assert "Dr Hill" in client.get("/reference/crosswalk/?state=mapped").content.decode()
    assert NPI not in client.get("/reference/crosswalk/?state=unmapped&day=2020-01-01").content.decode()
    code = LocalCode.objects.get(kind="provider")
    assert "Dr Hill" in client.get(f"/reference/crosswalk/{code.pk}/").content.decode()


def test_what_the_crosswalk_says_comes_first_and_a_number_given_away_goes_back(shared: Poster) -> None:
    know("DR-HILL", npi=NPI)
    post(shared, "C-1")
    assert providers() == ["DR-HILL"]

    know("DR-HILL", npi="1999999984", valid_from="1900-01-01")
    numbered.follow(clock.now())
    walk()
    assert providers() == [NPI]

    know("DR-HILL", npi=NPI, valid_from="1900-01-01")
    change = Change(Named("provider", "npi", NPI), NOT_OURS, reason="A visiting clinician")
    remap.decide(change, by=None, at=clock.now())
    walk()
    assert providers() == [NPI]
    assert Remap.objects.filter(finished_at=None).count() == 0

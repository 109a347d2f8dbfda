"""The clinic that joined last goes on posting under its own codes: most are mapped, some are not."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from pytest_django import Settings

from integrations.models import Facility
from observability.accounts.scopes import Scope
from observability.demo.network import PLACES
from observability.demo.saying import EVENT
from observability.demo.story import Story
from observability.demo.trickle import Trickle
from tests.demo.conftest import NOW
from tests.ingest.posting import poster
from tracing.models import Fact
from tracing.queries.unmapped import unmapped
from tracing.storage.drain import drain
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.django_db(transaction=True)


def test_its_trickle_is_placed_and_named_by_the_crosswalk_and_leaves_some_codes_to_map(
    settings: Settings,
) -> None:
    settings.DEMO = True
    call_command("demo_system")
    said = [one for one in Trickle(Story(NOW)).said(NOW - 3_000, NOW) if one.kind == EVENT]
    clinic = poster("everything", facilities=tuple(place.code for place in PLACES))
    clinic.events([one.body for one in said])
    drain(seconds=60)
    count_unmapped(datetime.fromtimestamp(NOW, UTC))

    sound = Fact.objects.filter(facility_id=Facility.objects.get(code="SOUND").pk)
    plans = set(sound.values_list("attributes__plan", flat=True))
    centres = set(sound.values_list("attributes__cost_centre", flat=True))
    assert {"MEDICARE-B", "BLUERIDGE-PPO"} <= plans
    assert {"5030", "5040"} <= centres
    missing = {(row.kind, row.code) for row in unmapped(scope=Scope.system())}
    assert {("plan", "SVP-4"), ("cost_centre", "SV-230"), ("payer", "HBR-ADV")} <= missing
    assert "facility" not in {kind for kind, _ in missing}

"""Every kind of reference entity is mapped alike: kept, resolved, shown, listed, planned and moved."""

import json
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from integrations.catalogue import contracts
from integrations.ingest import crosswalks
from integrations.models import BEGINNING, ReferenceEntity
from integrations.reference.crosswalk import Named, Target
from observability.accounts.models import Grant
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.core import clock
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import submitted
from tests.build.reference import know
from tests.crosswalk.mapping import walk
from tests.crosswalk.usage import AUTHORITIES, FIELDS, declare, forget, used
from tests.ingest.posting import Poster
from tracing.models import Fact, Move, Transaction, Wording
from tracing.queries.unmapped import unmapped
from tracing.storage import remap, remap_plan
from tracing.storage.drain import drain
from tracing.storage.remap_plan import Change, Moving
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.django_db(transaction=True)
WORDING_OF_P_17 = 7988081964383121956  # as earlier releases number it
YESTERDAY = clock.now().astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
WHY = "The clinic's own list"


@pytest.fixture(autouse=True)
def _contract(tmp_path: Path, settings: Settings) -> Iterator[None]:
    declare(tmp_path)
    settings.CONTRACTS_DIR = str(tmp_path)
    forget()
    yield
    forget()


def ours(kind: str, code: str) -> Target:
    return Target(entity_id=ReferenceEntity.objects.get_or_create(kind=kind, code=code)[0].pk)


def say(kind: str, authority: str, code: str, to: str, since: date = BEGINNING) -> Change:
    return Change(Named(kind, authority, code), ours(kind, to), since, reason=WHY)


def take(sender: Poster, *events: dict[str, object]) -> None:
    crosswalks.forget()
    assert json.loads(sender.events(list(events)).content)["rejected"] == []
    drain(seconds=60)


def test_a_code_of_any_kind_is_listed_with_its_money_then_mapped_and_its_rows_are_derived_again(
    shared: Poster,
) -> None:
    take(shared, used("U-1", YESTERDAY, **{kind: f"L-{n}" for n, kind in enumerate(FIELDS)}))
    count_unmapped(clock.now())
    listed = {(row.kind, row.authority, row.code): row.amount for row in unmapped(scope=Scope.system())}
    assert listed == {
        (kind, AUTHORITIES.get(kind, "NORTH"), f"L-{n}"): Decimal(500) for n, kind in enumerate(FIELDS)
    }

    for kind, authority, code in listed:
        change = say(kind, authority, code, f"OUR-{kind}")
        plan = remap_plan.plan(change, at=clock.now())
        assert plan.moving == [Moving(code, f"OUR-{kind}", "charge", 1, 1, Decimal(500))]
        assert remap.decide(change, by=None, at=clock.now())
    walk()

    fact = Fact.objects.get()
    assert {name: fact.attributes[name] for name in FIELDS.values()} == {
        name: f"OUR-{kind}" for kind, name in FIELDS.items()
    }
    assert set(Move.objects.values_list("field", flat=True)) == set(FIELDS.values())
    count_unmapped(clock.now())
    assert unmapped(scope=Scope.system()) == []


def test_what_comes_later_is_resolved_on_its_own_day_and_by_its_own_authority(shared: Poster) -> None:
    today = YESTERDAY.date()
    remap.decide(say("item", "*", "7", "GLOVE"), by=None, at=clock.now())
    remap.decide(say("item", "NORTH", "7", "GAUZE", since=today), by=None, at=clock.now())
    remap.decide(say("provider", "NORTH", "1234567893", "DR-WRONG"), by=None, at=clock.now())

    take(
        shared,
        used("U-1", YESTERDAY - timedelta(days=1), item="7"),
        used("U-2", YESTERDAY, item="7", provider="1234567893"),
    )

    said = [fact.attributes for fact in Fact.objects.order_by("occurred_at")]
    assert [each["its_item"] for each in said] == ["GLOVE", "GAUZE"]
    assert said[1]["its_provider"] == "1234567893"


def test_a_code_ours_already_is_not_missing_and_a_number_like_a_persons_is_dropped(shared: Poster) -> None:
    ours("plan", "PPO-1")

    take(shared, used("U-1", YESTERDAY, plan="PPO-1", employee_group="123456789", cost_centre="1000234567"))
    count_unmapped(clock.now())

    assert [row.kind for row in unmapped(scope=Scope.system())] == ["cost_centre"]
    assert FIELDS["employee_group"] not in Fact.objects.get().attributes


def test_what_may_be_a_persons_name_is_kept_as_a_pseudonym_and_is_mapped_by_that_name(shared: Poster) -> None:
    names = {"provider": "SMITHJ", "plan": "Golden Family", "item": "SMITH-LG"}
    take(shared, used("U-1", YESTERDAY, **names))
    kept = [value for value in Fact.objects.get().attributes.values() if value.startswith("~")]
    assert len(kept) == 3
    assert not any(
        name in str(row) for name in names.values() for row in Wording.objects.values_list("codes")
    )

    remap.decide(say("plan", "NORTH", "Golden Family", "PPO-1"), by=None, at=clock.now())
    walk()
    assert Fact.objects.get().attributes[FIELDS["plan"]] == "PPO-1"


def test_words_without_other_codes_keep_the_number_that_they_had(shared: Poster) -> None:
    take(shared, submitted("C-1", YESTERDAY, payer="P-17"))

    assert Wording.objects.get().pk == WORDING_OF_P_17


def test_codes_cost_no_further_statement(shared: Poster) -> None:
    take(shared, used("U-0", YESTERDAY), used("U-1", YESTERDAY, item="7", supplier="9"))
    passes = []
    for n, codes in ((2, {}), (3, {"item": "7", "supplier": "9"})):
        shared.events([used(f"U-{n}", YESTERDAY, **codes)])
        with CaptureQueriesContext(connection) as asked:
            drain(seconds=60)
        passes.append(len(asked.captured_queries))

    assert passes[1] <= passes[0]  # the first also reads what this process then remembers


def test_the_page_tells_our_code_by_name_and_the_message_s_own_but_no_colleague_to_whom_that_is_not_given(
    shared: Poster,
) -> None:
    know("payer", "MEDICARE")
    know("plan", "PPO-1", name="Preferred choice")
    know("provider", "DR-HILL", name="Dr Hill")
    for kind, authority, code, to in (
        ("plan", "NORTH", "77", "PPO-1"),
        ("provider", "npi", "1234567893", "DR-HILL"),
    ):
        remap.decide(say(kind, authority, code, to), by=None, at=clock.now())
    take(shared, submitted("C-1", YESTERDAY, plan="77", rendering_provider="1234567893"))
    path = f"/transactions/{Transaction.objects.get(workflow='claim').pk}/"
    user = build_user("sam", role=Role.SUPPORT)
    client = sign_in(Client(), user)

    page = client.get(path).content.decode()
    assert "Preferred choice (PPO-1), sent as 77" in page
    assert "DR-HILL" not in page

    Grant.objects.filter(user=user).update(classes=["identifier", "workforce"])
    assert "Dr Hill (DR-HILL), sent as 1234567893" in client.get(path).content.decode()


def test_events_whose_words_were_not_kept_are_told_by_number(shared: Poster) -> None:
    take(shared, *(submitted(f"C-{n}", YESTERDAY, payer="P-17") for n in range(3)))
    Fact.objects.exclude(event_id=Fact.objects.latest("event_id").event_id).update(wording_id=None)

    plan = remap_plan.plan(say("payer", "NORTH", "P-17", "MEDICAID"), at=clock.now())
    later = say("payer", "NORTH", "P-17", "MEDICAID", since=clock.now().date() + timedelta(days=9))

    assert (plan.wordless, sum(each.events for each in plan.moving)) == (2, 1)
    assert remap_plan.plan(later, at=clock.now()).wordless == 0
    north = Change(
        Named("facility", "npi", "1999999984"), Target(facility_id=build_facility("SOUTH").pk), reason=WHY
    )
    assert remap_plan.plan(north, at=clock.now()).wordless == 2


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ({"its_item": {"kind": "department"}}, "no kind of reference entity"),
        ({"its_item": {"kind": "spaceship"}}, "no kind of reference entity"),
        ({"elsewhere": {"kind": "item"}}, "the schema has no field"),
    ],
)
def test_a_contract_that_declares_a_code_wrongly_is_not_loaded(codes: object, why: str) -> None:
    declared = yaml.safe_load((contracts.PACKAGE / "charge.captured.yaml").read_text()) | {"codes": codes}
    declared["schema"]["properties"]["its_item"] = {"type": "string", "purpose": "x"}
    with pytest.raises(ValueError, match=why):
        contracts.compile_contract(declared)

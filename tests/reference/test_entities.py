"""Reference data: a file is planned, then applied; what it says holds on its days and on no others."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from integrations import migrations
from integrations.catalogue import register_files
from integrations.catalogue.reference_kinds import kinds
from integrations.catalogue.register import Row
from integrations.models import Place, PlaceEdge, ReferenceEntity, ReferenceVersion, RegisterChange
from integrations.reference import entities, timelines
from integrations.reference.dating import DAY, Stretch
from integrations.reference.exporting import exported
from integrations.reference.rows import shape
from integrations.reference.storing import everything
from observability.accounts.models import AuditRow
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from tests.build import build_facility, build_user, grant
from tests.build.edge import NEW_YEAR
from tests.build.reference import know, say

TODAY = NEW_YEAR.date()
SYSTEM = Scope.system()
MAY = date(2026, 5, 1)
FILE = b"""type,code,name,parent,owner,npi
payer,MEDICARE,Medicare,,Contracting,
plan,MEDICARE-A,Part A,MEDICARE,,
provider,P1,Doe,,,1234567893
"""


def names(kind: str, code: str) -> list[tuple[str, date, date | None]]:
    """Return what an entity is called on which days."""
    return [(each.value["name"], each.first, each.last) for each in everything()[kind, code]]


def why(plan: entities.Plan) -> list[str]:
    """Return why rows are refused."""
    return [each.code for each in plan.refusals]


@pytest.mark.django_db
def test_a_file_is_planned_then_applied_and_applying_it_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "reference.csv"
    file.write_bytes(FILE)

    call_command("reference", "plan", str(file))
    assert not ReferenceEntity.objects.exists()
    call_command("reference", "apply", str(file))
    plan = ReferenceVersion.objects.get(entity__code="MEDICARE-A")
    assert (plan.parent and plan.parent.code, plan.valid_from, plan.valid_to) == (
        "MEDICARE",
        date(1900, 1, 1),
        None,
    )
    said = RegisterChange.objects.count()
    call_command("reference", "apply", str(file))

    assert RegisterChange.objects.count() == said
    assert AuditRow.objects.filter(act="reference_changed").count() == 3
    file.write_bytes(FILE.replace(b"1234567893", b"1234567890").replace(b"Medicare,", b"Other,"))
    with pytest.raises(CommandError):
        call_command("reference", "apply", str(file))
    assert names("payer", "MEDICARE")[0][0] == "Medicare"


@pytest.mark.django_db
def test_what_holds_from_a_day_leaves_the_days_before_and_other_fields_as_they_were() -> None:
    know("payer", "BLUE", name="Blue", owner="Contracting")
    plan = say("payer", "BLUE", name="Blue Ridge", valid_from="2026-05-01")

    assert names("payer", "BLUE") == [("Blue", date(1900, 1, 1), MAY - DAY), ("Blue Ridge", MAY, None)]
    assert {each.value["owner"] for each in everything()["payer", "BLUE"]} == {"Contracting"}
    assert [each.what for each in plan.changes] == ["changed"]
    told = RegisterChange.objects.get(code="BLUE", new="Blue Ridge")
    assert (told.field, told.old, told.valid_from, told.valid_to) == ("name", "Blue", MAY, None)


@pytest.mark.django_db
def test_without_a_day_a_change_holds_from_today_and_an_end_said_twice_is_one() -> None:
    know("payer", "BLUE")
    say("payer", "BLUE", name="Blue Ridge")
    assert [first for _, first, _ in names("payer", "BLUE")] == [date(1900, 1, 1), TODAY]

    for expected in (["ended"], []):
        plan = say("payer", "BLUE", name="Blue Ridge", ends_on="2026-05-01")
        assert [each.what for each in plan.changes] == expected
    later = MAY + timedelta(days=90)
    assert not say("payer", "BLUE", name="Blue Ridge", today=later).refusals
    assert why(say("payer", "BLUE", name="Back", today=later)) == ["ended_already"]
    assert not say("payer", "BLUE", name="Back", valid_from="2026-09-01", today=later).refusals
    assert why(say("payer", "BLUE", ends_on="1899-01-01")) == ["ends_before_start"]


@pytest.mark.django_db
def test_nothing_belongs_to_what_is_not_there_on_that_day() -> None:
    know("payer", "MEDICARE")
    know("plan", "A")
    assert why(say("plan", "B", name="B", parent="NOBODY")) == ["parent_not_there"]
    assert why(say("payer", "MEDICARE", ends_on="2026-05-01")) == ["still_holds_others"]
    rows = [
        Row(1, "payer", {"code": "MEDICARE", "ends_on": "2026-05-01"}),
        Row(2, "plan", {"code": "A", "ends_on": "2026-05-02"}),
    ]
    late = entities.plan_of(rows, scope=SYSTEM, today=TODAY)
    assert (why(late), late.changes) == (["still_holds_others", "parent_not_there"], [])
    say("plan", "A", ends_on="2026-05-01")
    assert not say("payer", "MEDICARE", ends_on="2026-05-01").refusals


@pytest.mark.django_db
def test_an_npi_is_of_one_provider_on_any_day() -> None:
    know("provider", "P1", npi="1234567893")
    assert why(say("provider", "P2", name="Roe", npi="1234567893")) == ["identifier_doubled"]
    say("provider", "P1", ends_on="2026-05-01")
    assert not say("provider", "P2", name="Roe", npi="1234567893", valid_from="2026-05-02").refusals
    assert why(say("provider", "P2", npi="1234567893", valid_from="2026-05-01")) == ["value_missing"]
    rows = [Row(n, "provider", {"code": f"Q{n}", "name": "Doe", "npi": "1245319599"}) for n in (1, 2)]
    both = entities.plan_of(rows, scope=SYSTEM, today=TODAY)
    assert [(each.code, each.field) for each in both.refusals] == [("identifier_doubled", "npi")] * 2


@pytest.mark.django_db
def test_ledger_entities_that_were_places_keep_their_days() -> None:
    old = [Place.objects.create(kind="entity", code=f"US0{n}", name=f"Company {n}") for n in (1, 2)]
    PlaceEdge.objects.create(child=old[1], parent=old[0], valid_from=date(2020, 1, 1), valid_to=MAY)
    script = Path(migrations.__file__ or "").parent / "sql" / "0006_reference.up.sql"
    with connection.cursor() as cursor:
        cursor.execute("INSERT" + script.read_text().split("INSERT", 1)[1])

    told = [(each.value["parent"], each.first, each.last) for each in everything()["ledger_entity", "US02"]]
    assert told == [
        ("", date(1900, 1, 1), date(2019, 12, 31)),
        ("US01", date(2020, 1, 1), MAY),
        ("", MAY + DAY, None),
    ]
    assert not Place.objects.filter(kind="entity").exists()


@pytest.mark.django_db
def test_no_ledger_entity_lies_within_itself_on_any_day() -> None:
    know("ledger_entity", "US01")
    know("ledger_entity", "US02", parent="US01")
    know("ledger_entity", "US03", parent="US02")
    assert why(say("ledger_entity", "US01", parent="US03", valid_from="2026-05-01")) == ["lies_in_itself"]
    say("ledger_entity", "US02", parent="", valid_from="2026-05-01")
    assert not say("ledger_entity", "US01", parent="US03", valid_from="2026-05-01").refusals


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("provider,P2,Doe,,,1234567890", [(3, "value_malformed", "npi")]),
        ("provider,P2,Doe,,,", [(3, "value_missing", "npi")]),
        ("payer,MEDI,Two,,,", [(2, "row_repeated", "valid_from"), (3, "neighbour_refused", "code")]),
        ("payer,a b,Two,,,", [(3, "value_malformed", "code")]),
        ("payer,P2,Two,,,,9999-12-31", [(3, "value_malformed", "valid_to")]),
        ("plan,X,X,,,", [(3, "value_missing", "parent")]),
        ("plan,X,X,MEDI,,1234567893", [(3, "field_of_other_type", "npi")]),
        ("doctor,X,X,,,", [(3, "type_unknown", "type")]),
    ],
)
def test_a_bad_row_is_refused_and_its_neighbours_are_not(
    line: str, answer: list[tuple[int, str, str]]
) -> None:
    line = line.ljust(len(line) + 6 - line.count(","), ",")
    data = (
        f"type,code,name,parent,owner,npi,valid_to\npayer,MEDI,Medi,,,,\n{line}\nsupplier,S,S,,,,\n".encode()
    )
    rows, unread = register_files.read(data, shape(kinds()))
    plan = entities.plan_of(rows, scope=SYSTEM, today=TODAY, refusals=unread)

    told = [(each.number, each.code, each.field) for each in plan.refusals]
    assert {code for _, code, _ in told} == {code for _, code, _ in answer}
    assert len(told) == len(answer)
    assert "S" in [each.code for each in plan.changes]


@pytest.mark.django_db
@pytest.mark.parametrize("odd", [r"\u0000", r"\ud800", r"\u009f"])
def test_what_no_database_keeps_or_nobody_sees_is_refused_in_json(odd: str) -> None:
    rows, _ = register_files.read(
        f'{{"payers": [{{"code": "P", "name": "{odd}"}}]}}'.encode(), shape(kinds())
    )
    assert why(entities.plan_of(rows, scope=SYSTEM, today=TODAY)) == ["value_unprintable"]


@pytest.mark.django_db
def test_a_plan_that_went_stale_or_is_no_longer_ones_to_decide_changes_nothing() -> None:
    build_facility("NORTH")
    know("payer", "BLUE")
    ines = build_user("ines")
    grant(ines, Role.ENGINEER, at=None)
    scope = scope_for(ines, Permission.MANAGE_CATALOGUE, NEW_YEAR)
    row = Row(1, "payer", {"code": "BLUE", "owner": "Contracting"})
    kept = entities.IMPORT.keep(
        entities.plan_of([row], scope=scope, today=TODAY), user=ines, file_name="x.csv", at=NEW_YEAR
    )
    here = scope_for(
        build_user("here", role=Role.ENGINEER, at=("NORTH",)), Permission.MANAGE_CATALOGUE, NEW_YEAR
    )
    assert why(entities.plan_of([row], scope=here, today=TODAY)) == ["reference_not_yours"]
    with pytest.raises(entities.StalePlan):
        entities.IMPORT.apply_kept(kept.pk, scope=here, user=ines, at=NEW_YEAR)
    say("payer", "BLUE", owner="Somebody else")
    with pytest.raises(entities.StalePlan):
        entities.IMPORT.apply_kept(kept.pk, scope=scope, user=ines, at=NEW_YEAR)
    assert everything()["payer", "BLUE"][-1].value["owner"] == "Somebody else"


@pytest.mark.django_db
def test_export_and_import_again_changes_nothing() -> None:
    build_facility("NORTH")
    know("payer", "MEDICARE", filing_days="365", owner='-a "quoted", =x', valid_from="2020-01-01")
    say("payer", "MEDICARE", name="Medicare of 2026", valid_from="2026-03-01", valid_to="2026-03-31")
    know("plan", "A", valid_from="2024-01-01", valid_to="2026-12-31")
    know("provider", "P1", facilities="NORTH")
    know("ledger_entity", "US01")
    know("cost_centre", "4010.20")

    for write in (register_files.as_csv, register_files.as_json):
        rows, unread = register_files.read(write(exported(), shape(kinds())).encode(), shape(kinds()))
        plan = entities.plan_of(rows, scope=SYSTEM, today=TODAY, refusals=unread)
        assert (plan.changes, plan.refusals, plan.unchanged) == ([], [], 5)


@pytest.mark.django_db
def test_the_database_refuses_two_versions_of_a_day() -> None:
    know("payer", "BLUE")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceVersion.objects.create(
            entity=ReferenceEntity.objects.get(), name="Second", valid_from=MAY, valid_to=MAY
        )


SAID = st.tuples(
    st.dictionaries(st.sampled_from("ab"), st.sampled_from(["", "1", "2"]), min_size=1),
    st.integers(0, 9),
    st.none() | st.integers(0, 5),
)


@runs(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=5))
def test_each_field_is_each_day_as_last_said_and_the_differences_lead_there(
    said: list[tuple[dict[str, str], int, int | None]],
) -> None:
    days = [MAY + timedelta(days=n) for n in range(16)]
    told: timelines.Timeline = []
    by_day: dict[date, dict[str, str]] = {}
    for values, start, more in said:
        before, last = told, None if more is None else days[start + more]
        told = timelines.said_over(told, values, blank={"a": "", "b": ""}, first=days[start], last=last)
        for day in days[start : None if more is None else start + more + 1]:
            by_day[day] = by_day.get(day, {"a": "", "b": ""}) | values
        for day in days:
            old = dict(timelines.on(before, day) or {"a": "", "b": ""})
            for each in timelines.differences(before, told):
                if Stretch(True, each.first, each.last).holds_on(day):
                    assert old[each.field] == each.old
                    old[each.field] = each.new
            assert old == (timelines.on(told, day) or {"a": "", "b": ""})
    assert {day: timelines.on(told, day) for day in days} == {day: by_day.get(day) for day in days}
    assert timelines.read(timelines.written(told)) == told

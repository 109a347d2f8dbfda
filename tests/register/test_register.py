"""Plan, apply, export: what a file says is what the register says, and nothing else changes."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from integrations.catalogue import register, register_files
from integrations.catalogue.register import Refusal, Row
from integrations.models import Interface, RegisterChange, RegisterPlan, System
from integrations.queries import register as queries
from observability.accounts.models import AuditRow, User
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from observability.core.clock import now
from tests.build import build_facility, build_user, grant, sign_in
from tests.build.edge import NEW_YEAR
from tests.build.register import declare, declare_flow

pytestmark = pytest.mark.django_db
SYSTEM = Scope.system()
FILE = b"""type,code,name,kind,source,target,owner,facilities
system,ehr,EHR,ehr,,,Clinical team,
system,erp,ERP,erp,,,,
interface,charges,Charges,event,ehr,erp,,NORTH
"""


def everywhere(name: str) -> User:
    """Return an engineer of every facility."""
    user = build_user(name)
    grant(user, Role.ENGINEER, at=None)
    return user


def refused(data: bytes) -> list[tuple[int, str, str]]:
    """Return the rows of a file that are refused."""
    rows, unread = register_files.read(data)
    plan = register.plan_of(rows, scope=SYSTEM, refusals=unread)
    return [(each.number, each.code, each.field) for each in plan.refusals]


def test_a_file_is_planned_then_applied_and_applying_it_again_changes_nothing(tmp_path: Path) -> None:
    build_facility("NORTH")
    file = tmp_path / "register.csv"
    file.write_bytes(FILE)

    call_command("catalogue", "plan", str(file))
    assert not System.objects.exists()
    call_command("catalogue", "apply", str(file))
    assert Interface.objects.get().source.name == "EHR"
    said = RegisterChange.objects.count()
    call_command("catalogue", "apply", str(file))

    assert RegisterChange.objects.count() == said
    assert AuditRow.objects.filter(act="catalogue_changed").count() == 3


def test_what_changes_and_what_ends_is_told_field_by_field_and_kept_as_history() -> None:
    declare_flow("charges", owner="Team A")
    rows = [
        Row(1, "interface", {"code": "charges", "owner": "Team B"}),
        Row(2, "system", {"code": "erp", "ends_on": "2026-03-01"}),
        Row(3, "system", {"code": "ehr"}),
    ]

    plan = register.plan_of(rows, scope=SYSTEM)
    assert [(each.what, each.fields) for each in plan.changes] == [
        ("changed", {"owner": ["Team A", "Team B"]}),
        ("ended", {"ends_on": ["", "2026-03-01"]}),
    ]
    assert plan.unchanged == 1
    register.apply(plan.changes, scope=SYSTEM, user=build_user("ines"), at=NEW_YEAR)

    told = queries.history_of(scope=SYSTEM, today=NEW_YEAR.date(), sort="interface", code="charges")
    assert ("ines", "owner", "Team A", "Team B") in [
        (each.who, each.field, each.old, each.new) for each in told
    ]


def test_a_plan_that_went_stale_or_was_applied_changes_nothing() -> None:
    declare_flow("charges", owner="Team A")

    def kept(owner: str) -> uuid.UUID:
        plan = register.plan_of([Row(1, "interface", {"code": "charges", "owner": owner})], scope=SYSTEM)
        return register.IMPORT.keep(plan, user=None, file_name="x.csv", at=NEW_YEAR).pk

    first, second = kept("Team B"), kept("Team C")
    register.IMPORT.apply_kept(first, scope=SYSTEM, user=None, at=NEW_YEAR)
    for stale in (first, second):
        with pytest.raises(register.StalePlan):
            register.IMPORT.apply_kept(stale, scope=SYSTEM, user=None, at=NEW_YEAR)

    assert Interface.objects.get().owner == "Team B"


LINE = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters=";"), max_size=30)


@runs(max_examples=8, deadline=None)
@given(owner=LINE, notes=LINE, contact=st.sampled_from(["=1+1", "'=x", "+1 555", "@home", 'a,b"c', "'"]))
def test_export_and_import_again_changes_nothing(owner: str, notes: str, contact: str) -> None:
    build_facility("NORTH")
    declare("system", "ehr", kind="ehr", links="Claim=https://ehr.example/claims/{claim}?tab=1")
    declare("system", "erp", at=("NORTH",), owner=owner, notes=notes, owner_contact=contact)
    declare("interface", "x", consumers="portal@60;app@5", schedule="0 2 * * *", zone="America/Chicago",
            latency_seconds="30", data_classes="sensitive;business")  # fmt: skip

    entries = register.everything_declared()
    for write in (register_files.as_csv, register_files.as_json):
        rows, unread = register_files.read(write(entries).encode())
        plan = register.plan_of(rows, scope=SYSTEM, refusals=unread)
        assert (plan.changes, plan.refusals, plan.unchanged) == ([], [], 3)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("system,=cmd(),X,ehr,,,,", (2, "formula_refused", "code")),
        ("system,a,X,toaster,,,,", (2, "value_unknown", "kind")),
        ("system,a,,ehr,,,,", (2, "value_missing", "name")),
        ("system,a b,X,ehr,,,,", (2, "value_malformed", "code")),
        ("system,a,X,ehr,,,,MARS", (2, "value_unknown", "facilities")),
        ("system,a,X,ehr,erp,,,", (2, "field_of_other_type", "source")),
        ("toaster,a,X,ehr,,,,", (2, "type_unknown", "type")),
        ("interface,a,X,event,b,c,,", (2, "value_unknown", "source")),
        ("system,a,X,ehr,,", (2, "row_has_other_columns", "")),
        ("system,a,X,ehr,,,,\nsystem,a,Y,ehr,,,,", (3, "row_repeated", "code")),
        (f"system,a,{'x' * 200},ehr,,,,", (2, "value_too_long", "name")),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_its_neighbours_are_not(
    line: str, answer: tuple[int, str, str]
) -> None:
    head = FILE.split(b"\n", 1)[0].decode()
    data = f"{head}\n{line}\nsystem,good,Good,erp,,,,\n".encode()
    rows, unread = register_files.read(data)
    plan = register.plan_of(rows, scope=SYSTEM, refusals=unread)

    assert refused(data) == [answer]
    assert "good" in [each.code for each in plan.changes]


def test_an_interface_is_refused_with_the_system_that_it_needed() -> None:
    data = b"type,code,name,kind,source,target\nsystem,a,A,toaster,,\ninterface,i,I,event,a,a\n"
    assert refused(data) == [(2, "value_unknown", "kind"), (3, "value_unknown", "source")]


def test_no_interface_replaces_what_replaces_it() -> None:
    declare("system", "a")
    declare_flow("i")
    data = b"type,code,name,kind,source,target,predecessor\n" + b"".join(
        f"interface,{code},X,event,a,a,{before}\n".encode() for code, before in ("ji", "kj", "ik", "lk")
    )
    circle = [(n, "replaces_itself", "predecessor") for n in (2, 3, 4)]
    assert refused(data) == [*circle, (5, "value_unknown", "predecessor")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"type,code\n\xff\xfe", "file_not_utf8"),
        (b"type,code\nsystem,\0", "file_not_text"),
        (b"type,code,password\n", "column_unknown"),
        (b"name\n", "columns_missing_or_doubled"),
        (b"type,code,code\n", "columns_missing_or_doubled"),
        (b"", "columns_missing_or_doubled"),
        (b"type,code\n" + b"system,a\n" * 5_001, "too_many_rows"),
        (b"x" * (register_files.MAX_BYTES + 1), "file_too_large"),
        (b'{"systems": 1}', "file_malformed"),
        (b'{"systems": [', "file_malformed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(data: bytes, code: str) -> None:
    with pytest.raises(register_files.Unreadable) as told:
        register_files.read(data)
    assert told.value.code == code


@pytest.mark.parametrize(
    "link",
    ["Claim=http://x.example/{claim}", "Claim=https://x.example/{password}", "Claim=https://{claim}.example/",
     "Claim=https://x.example/{claim!r}", "Claim=https://a@x.example/", "=https://x.example/",
     "javascript:x"],
)  # fmt: skip
def test_a_link_is_https_with_known_names_in_it(link: str) -> None:
    row = Row(1, "system", {"code": "a", "name": "A", "kind": "ehr", "links": link})
    assert register.plan_of([row], scope=SYSTEM).refusals == [Refusal(1, "value_malformed", "links")]


def test_a_file_with_refused_rows_is_not_applied_from_the_shell(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("type,code,name,kind\nsystem,good,Good,ehr\nsystem,bad,Bad,toaster\n")
    with pytest.raises(CommandError):
        call_command("catalogue", "apply", str(file))
    assert not System.objects.exists()


def test_findings_and_coverage_count_what_has_not_ended() -> None:
    today = NEW_YEAR.date()
    gone = build_user("gone")
    gone.is_active = False
    gone.save()
    declare("system", "a", owner="A", backup="B", runbook="https://x.example/a", runbook_date="2025-12-01",
            primary_for="revenue")  # fmt: skip
    declare("system", "b", owner_user="gone", primary_for="revenue", runbook="https://x.example/b")
    declare("system", "c", ends_on="2025-12-31")
    declare("interface", "i", source="a", target="b", temporary_until="2025-12-31")
    for code, day in (("d", {"ends_on": "2026-06-30"}), ("e", {"starts_on": "2026-07-01"})):  # one takes over
        whole = {"owner": "A", "backup": "B", "runbook": "https://x.example/a", "runbook_date": "2025-12-01"}
        declare("system", code, at=(), primary_for="ledger", **whole, **day)

    rows = queries.entries_in(scope=SYSTEM, today=today, filters=queries.Filters())
    assert {row.code: set(row.findings) for row in rows} == {
        "a": {"record_conflict"},
        "b": {"owner_left", "no_backup", "runbook_old", "record_conflict"},
        "c": set(),
        "d": set(),
        "e": set(),
        "i": {"no_owner", "no_backup", "runbook_missing", "temporary_passed"},
    }
    assert queries.coverage_of(scope=SYSTEM, today=today) == queries.Coverage(entries=5, owned=3, asking=3)


def test_people_see_what_touches_their_facilities_and_change_what_is_wholly_theirs(client: Client) -> None:
    declare_flow("north", at=("NORTH",))
    declare("interface", "south", at=("SOUTH",))
    declare("interface", "both", at=("NORTH", "SOUTH"))
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH",))
    scope = scope_for(ines, Permission.SEE_CATALOGUE, now())

    seen = queries.entries_in(scope=scope, today=NEW_YEAR.date(), filters=queries.Filters(sort="interface"))
    assert [row.code for row in seen] == ["both", "north"]
    plan = register.plan_of(
        [
            Row(n, "interface", {"code": code, "owner": "Me"})
            for n, code in enumerate(("north", "both", "south"))
        ],
        scope=scope,
    )
    assert [each.code for each in plan.changes] == ["north"]
    assert {each.code for each in plan.refusals} == {"not_yours"}
    sign_in(client, ines)
    assert client.get("/catalogue/interface/south/").status_code == 404
    assert client.get("/catalogue/interface/both/edit/").status_code == 404
    page = client.get("/catalogue/interface/both/").content.decode()
    assert "North Hospital" in page
    assert "South" not in page


def test_a_file_is_uploaded_looked_at_and_applied_by_who_uploaded_it(client: Client, tmp_path: Path) -> None:
    build_facility("NORTH")
    sign_in(client, everywhere("ines"))
    file = tmp_path / "register.csv"
    file.write_bytes(FILE + b"system,bad,Bad,toaster,,,,\n")

    with file.open("rb") as upload:
        shown = client.post("/catalogue/import/", {"file": upload}, follow=True)
    text = shown.content.decode()
    assert "3 to add" in text
    assert "value_unknown" in text
    kept = RegisterPlan.objects.get()
    done = client.post(f"/catalogue/import/{kept.pk}/apply/", follow=True)
    assert "1 of 3 entries have an owner (33&nbsp;%)" in done.content.decode()
    exported = client.get("/catalogue/export/csv/").content
    assert refused(exported) == []

    sign_in(client, everywhere("other"))
    assert client.get(f"/catalogue/import/{kept.pk}/")["Location"] == "/catalogue/import/"


def test_a_change_by_hand_is_held_to_the_same_rules(client: Client) -> None:
    declare_flow("charges", at=("NORTH",))
    sign_in(client, build_user("ines", role=Role.ENGINEER, at=("NORTH",)))
    url = "/catalogue/interface/charges/edit/"

    refused_form = client.post(url, {"disposition": "retire"})
    assert refused_form.status_code == 422
    assert "This disposition needs a reason." in refused_form.content.decode()
    away = client.post(url, {"facilities": ""})
    assert "You do not decide on every facility" in away.content.decode()
    assert client.post(url, {"owner": "Charge team"}).status_code == 302
    assert Interface.objects.get().owner == "Charge team"


def test_the_register_of_the_demonstration_is_taken_once_and_leaves_work_to_do(settings: Any) -> None:
    settings.DEMO = True
    call_command("demo_system")
    said = RegisterChange.objects.count()
    call_command("demo_system")

    assert RegisterChange.objects.count() == said
    found = queries.findings_in(scope=SYSTEM, today=now().date())
    assert {"no_owner", "no_backup", "record_conflict"} <= {each.finding for each in found}

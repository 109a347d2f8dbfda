"""The pages of the crosswalk: what is said on which day, its history, changing it, and files of it."""

from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, PAYER
from integrations.ingest import crosswalks
from integrations.models import CodeMeaning, LocalCode, ReferenceEntity
from integrations.reference.crosswalk import Named, Target, mean
from observability.accounts.models import AuditRow, Grant
from observability.accounts.roles import Domain, Permission, Role
from observability.accounts.scopes import scope_for
from observability.core import clock
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import submitted
from tests.build.reference import know
from tests.crosswalk.mapping import walk
from tests.ingest.posting import Poster
from tracing.deciding import may_decide
from tracing.models import Remap, Transaction
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)
YESTERDAY = clock.now().astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
LIST = "/reference/crosswalk/"
WHY = "The clinic's own list"


def say(kind: str, authority: str, code: str, to: str, since: date = date(1900, 1, 1)) -> LocalCode:
    if kind == FACILITY:
        target = Target(facility_id=build_facility(to).pk)
    else:
        target = Target(entity_id=ReferenceEntity.objects.get(kind=kind, code=know(kind, to)).pk)
    named = Named(kind, authority, code)
    made = mean(named, target, since=since, owner="Team", reason=WHY, by=None, at=clock.now())
    assert made
    return made.code


def engineer(*at: str, domain: Domain | None = None) -> Client:
    user = build_user("-".join(("ines", *at, domain or "all")), role=Role.ENGINEER, at=at)
    Grant.objects.filter(user=user).update(domain=domain)
    return sign_in(Client(), user)


def test_the_list_tells_what_a_code_means_on_a_day_to_those_whose_facility_it_is() -> None:
    build_facility("SOUTH")
    say(PAYER, "NORTH", "P-17", "MEDICARE", since=date(2026, 3, 1))
    say(PAYER, "SOUTH", "P-18", "MEDICAID")
    say(FACILITY, "npi", "1999999984", "SOUTH")
    client = engineer("NORTH")

    page = client.get(LIST).content.decode()
    assert "P-17" in page
    assert not any(theirs in page for theirs in ("P-18", "1999999984"))
    assert "nothing yet" in client.get(f"{LIST}?day=2026-02-28").content.decode()
    for filters, found in (
        ("state=unmapped", False),
        ("state=mapped&owner=tea&authority=north", True),
        ("kind=plan", False),
        ("text=-17", True),
    ):
        rows = client.get(f"{LIST}?{filters}").content.decode()
        assert ('">P-17</a>' in rows) is found


def test_a_meaning_is_corrected_and_ended_after_its_plan_and_what_was_believed_stays(shared: Poster) -> None:
    shared.events([submitted("C-1", YESTERDAY, payer="P-17")])
    drain(seconds=60)
    code = say(PAYER, "NORTH", "P-17", "MEDICARE")
    know(PAYER, "MEDICAID")
    client, one = engineer("NORTH", "SOUTH"), f"{LIST}{code.pk}/"

    form = client.get(f"{one}change/?from=1900-01-01").content.decode()
    assert 'value="MEDICARE" selected' in form
    said = {"target": "MEDICAID", "reason": "It was mistaken for another"}
    plan = client.post(f"{one}change/", {**said, "do": "plan"}).content.decode()
    assert "P-17" in plan
    assert "$500.00" in plan
    assert CodeMeaning.objects.count() == 1
    assert client.post(f"{one}change/", {**said, "do": "apply"})["Location"] == one
    walk()
    assert Transaction.objects.get(workflow="claim").payer == "MEDICAID"

    page = client.get(one).content.decode()
    assert page.index(said["reason"]) < page.index("What was believed before") < page.index("own list")
    ended = {"target": "nothing", "from": "2026-01-01", "reason": "Nobody uses it"}
    assert client.post(f"{one}change/", {**ended, "do": "apply"}).status_code == 302
    assert str(CodeMeaning.objects.get(superseded_at=None).valid_to) == "2025-12-31"


def test_who_holds_another_domain_or_not_every_facility_that_it_concerns_decides_nothing() -> None:
    own, everybodys = say(PAYER, "NORTH", "P-17", "MEDICARE"), say(PAYER, "*", "P-19", "MEDICARE")
    facility = say(FACILITY, "npi", "1999999984", "NORTH")
    change = [f"{LIST}{code.pk}/change/" for code in (own, everybodys, facility)]

    clinical, north = engineer("NORTH", domain=Domain.CLINICAL), engineer("NORTH", "SOUTH")
    assert [clinical.get(path).status_code for path in change] == [404, 404, 404]
    assert [north.get(path).status_code for path in change] == [200, 404, 200]
    everywhere = build_user("eve")
    Grant.objects.create(user=everywhere, role=Role.ENGINEER, facility_id=None)
    assert sign_in(Client(), everywhere).get(change[1]).status_code == 200


def test_the_domains_of_a_code_are_those_in_which_contracts_name_its_kind() -> None:
    build_facility("SOUTH")
    user = build_user("ines", role=Role.ENGINEER)
    Grant.objects.filter(user=user).update(domain=Domain.REVENUE)
    scope = scope_for(user, Permission.MANAGE_CATALOGUE, clock.now())

    assert may_decide(scope, Named("plan", "NORTH", "77"))
    assert may_decide(scope, Named("item", "NORTH", "77"))  # no contract names items: any domain will do
    assert not may_decide(scope, Named("plan", "SOUTH", "77"))
    assert not may_decide(scope, Named("provider", "npi", "1999999984"))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_is_taken_again_without_a_change(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(PAYER, "NORTH", "-17", "MEDICARE", since=date(2026, 3, 1))
    say(FACILITY, "npi", "1999999984", "NORTH")
    mean(Named(DEPARTMENT, "NORTH", "=1+1"), Target(), reason=WHY, by=None, at=clock.now())
    file, mine = tmp_path / f"all.{form}", tmp_path / f"mine.{form}"

    call_command("crosswalk", "export", str(file))
    mine.write_bytes(engineer("NORTH").get(f"{LIST}export/{form}/").content)

    for each in (file, mine):
        assert "-17" in each.read_text()
        call_command("crosswalk", "apply", str(each))
        assert "0 changed. Rows move by themselves." in capsys.readouterr().out
    assert CodeMeaning.objects.count() == 3


def uploaded(client: Client, rows: str) -> str:
    """Return the address of the plan of a file."""
    head = "kind,authority,code,target,from,to,owner,reason\n"
    file = SimpleUploadedFile("clinic.csv", (head + rows).encode())
    return client.post(f"{LIST}import/", {"file": file})["Location"]


def test_a_file_is_applied_from_its_page_as_it_was_shown_once_and_only_what_one_decides_on(
    shared: Poster,
) -> None:
    say(PAYER, "NORTH", "P-17", "MEDICARE", since=date(2026, 3, 1))
    crosswalks.forget()
    shared.events([submitted("C-1", YESTERDAY, payer="P-17")])
    drain(seconds=60)
    client, day = engineer("NORTH"), YESTERDAY.date()
    file = (
        f"payer,NORTH,P-17,MEDICARE,,{day - timedelta(days=1)},Contracting,{WHY}\n"
        f"payer,NORTH,P-17,not ours,{day},,Contracting,{WHY}\n"
        f"payer,NORTH,P-18,MEDICARE,,,,{WHY}\n"
        f"payer,NORTH,P-18,,2026-01-01,,,{WHY}\n"
        f"payer,*,P-19,MEDICARE,,,,{WHY}\n"
        f"facility,npi,1999999984,SOUTH,,,,{WHY}\n"
        f"department,SOUTH,4W,NONE,,,,{WHY}\n"
    )
    plan = uploaded(client, file)

    page = client.get(plan).content.decode()
    assert "<h1>0 to add, 1 to change, 0 to end; 0 unchanged, 5 refused</h1>" in page
    assert "Means: MEDICARE from 1 Mar 2026 → MEDICARE from ever until" in page
    assert "Owner: Team → Contracting" in page
    assert page.count("<code>not_yours</code>") == 3
    assert page.count("<code>row_repeated</code>") == page.count("<code>neighbour_refused</code>") == 1
    assert "$500.00" in page
    assert '<span class="sub">gross charges</span>' in page
    assert CodeMeaning.objects.count() == 1

    assert client.post(f"{plan}apply/")["Location"] == LIST
    walk()
    assert Transaction.objects.get(workflow="claim").payer == "P-17"
    assert client.post(f"{plan}apply/")["Location"] == plan
    assert (
        "0 to add, 0 to change, 0 to end; 1 unchanged" in client.get(uploaded(client, file)).content.decode()
    )
    assert engineer("SOUTH").get(plan).status_code == 302


def test_a_plan_is_refused_where_what_it_was_made_from_has_changed() -> None:
    code = say(PAYER, "NORTH", "P-17", "MEDICARE")
    client = engineer("NORTH")
    plan = uploaded(client, f"payer,NORTH,P-17,not ours,,,,{WHY}\n")
    LocalCode.objects.filter(pk=code.pk).update(owner="Somebody else")

    assert "Something changed since" in client.post(f"{plan}apply/", follow=True).content.decode()
    assert CodeMeaning.objects.get().superseded_at is None


def test_who_answers_for_a_code_is_changed_alone_and_that_is_on_record() -> None:
    north = build_facility("NORTH")
    code = say(PAYER, "NORTH", "P-17", "MEDICARE")
    call_command("crosswalk", "map", PAYER, "NORTH", "P-17", "MEDICARE", owner="Contracting", reason=WHY)
    call_command("crosswalk", "end", PAYER, "NORTH", "P-99", owner="Nobody", reason=WHY)

    row = AuditRow.objects.order_by("seq").last()
    assert row is not None
    assert row.changes is not None
    assert row.changes["owner"] == ["Team", "Contracting"]
    assert row.facility_ids == [north.pk]
    assert list(LocalCode.objects.values_list("pk", "owner")) == [(code.pk, "Contracting")]
    assert not Remap.objects.exists()

"""What groups give: a plan says who would gain and lose what before anything changes, and grants follow."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from integrations.models import Place
from observability.accounts import group_files, groups
from observability.accounts.models import AuditRow, Grant, GroupRule, OutsideIdentity, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
HEAD = "group,role,where,domain,classes\n"
BILLING = HEAD + "billing,support,NORTH,revenue,\n"


def known(username: str, *names: str) -> User:
    """Somebody who came by the provider with these groups."""
    user = build_user(username)
    OutsideIdentity.objects.create(
        issuer="https://id.example.org", subject=username, user=user, groups=list(names),
        first_at=now(), last_at=now(),
    )  # fmt: skip
    return user


def run(verb: str, text: str, folder: Path) -> list[str]:
    """Run the command on a file; return its lines."""
    file, said = folder / "groups.csv", StringIO()
    file.write_text(text)
    call_command("groups", verb, str(file), stdout=said)
    return said.getvalue().splitlines()


def held(user: User) -> list[str]:
    """Return the roles somebody holds, with where they come from."""
    return [f"{each.role} {each.source}".strip() for each in Grant.objects.filter(user=user, ended_at=None)]


def test_a_plan_says_who_would_gain_and_lose_what_and_changes_nothing(tmp_path: Path) -> None:
    build_facility("NORTH")
    bea, cem = known("bea", "billing"), known("cem", "quality")
    run("apply", HEAD + "quality,auditor,everywhere,,\n", tmp_path)

    said = run("plan", BILLING, tmp_path)

    assert said == [
        "+ billing: support at NORTH, revenue",
        "- quality: auditor everywhere",
        "bea gains support at NORTH, revenue",
        "cem loses auditor everywhere",
        "1 rules added, 1 removed, 2 people concerned.",
    ]
    assert (held(bea), held(cem)) == ([], ["auditor group:quality"])
    assert GroupRule.objects.get().group == "quality"

    assert run("apply", BILLING, tmp_path) == [*said, "Applied."]
    assert (held(bea), held(cem)) == (["support group:billing"], [])


def test_applying_again_changes_nothing(tmp_path: Path) -> None:
    build_facility("NORTH")
    known("bea", "billing")
    run("apply", BILLING, tmp_path)
    rows = AuditRow.objects.count()

    assert run("apply", BILLING, tmp_path)[0] == "0 rules added, 0 removed, 0 people concerned."
    assert AuditRow.objects.count() == rows
    assert Grant.objects.count() == 1


def test_what_was_given_by_hand_stays_and_is_not_given_twice(tmp_path: Path) -> None:
    bea = known("bea", "billing")
    grant(bea, Role.SUPPORT, at=("NORTH",))
    rule = HEAD + "billing,support,NORTH,,\n"

    run("apply", rule, tmp_path)
    assert held(bea) == ["support"]
    run("apply", HEAD, tmp_path)
    assert held(bea) == ["support"]


def test_who_moves_from_one_group_to_another_is_not_signed_out(tmp_path: Path) -> None:
    build_facility("NORTH")
    bea = known("bea", "billing", "audit")
    run("apply", BILLING, tmp_path)
    client = sign_in(Client(), bea)

    run("apply", HEAD + "audit,auditor,NORTH,,\n", tmp_path)
    assert client.get("/").status_code == 200
    run("apply", HEAD, tmp_path)
    assert client.get("/").status_code == 302


def test_the_last_administrator_stays(tmp_path: Path) -> None:
    ada = known("ada", "it")
    run("apply", HEAD + "it,administrator,everywhere,,\n", tmp_path)

    said = run("apply", HEAD, tmp_path)

    assert said[1] == "ada keeps administrator everywhere: nobody else administers it"
    assert held(ada) == ["administrator group:it"]


def test_a_rule_may_name_a_region_and_further_classes(tmp_path: Path) -> None:
    Place.objects.create(kind="region", code="COAST", name="Coast")
    bea = known("bea", "billing")

    said = run("apply", HEAD + "billing,auditor,region:COAST,,sensitive\n", tmp_path)

    assert said[0] == "+ billing: auditor at region:COAST, with sensitive"
    given = Grant.objects.get(user=bea)
    assert (given.place_id, sorted(given.classes)) == (
        Place.objects.get(code="COAST").pk,
        ["business", "identifier", "sensitive"],
    )


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",support,NORTH,,", "group"),
        ("billing,boss,NORTH,,", "role"),
        ("billing,support,,,", "where"),
        ("billing,support,region:NORTH,,", "where"),
        ("billing,support,NORTH,sales,", "domain"),
        ("billing,support,NORTH,,secret", "classes"),
        ("billing,support", "role"),
    ],
)
def test_a_line_that_is_no_rule_is_named_and_nothing_is_applied(
    tmp_path: Path, line: str, column: str
) -> None:
    build_facility("NORTH")
    where = group_files.Where.on(now().date())
    if line.count(",") == 4:
        assert group_files.read(f"{BILLING}{line}\n", where)[1] == [group_files.Refusal(3, column)]
    with pytest.raises(CommandError):
        run("apply", f"{BILLING}{line}\n", tmp_path)
    assert not GroupRule.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_signs_in_while_a_file_is_applied_waits_and_follows_the_new_rules(tmp_path: Path) -> None:
    build_facility("NORTH")
    people = [known(f"bea-{n}", "billing") for n in range(6)]
    run("apply", HEAD + "billing,auditor,NORTH,,\n", tmp_path)

    def come(user: User) -> bool:
        try:
            return groups.follow(user=user, groups=["billing"], at=now())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        arrivals = [pool.submit(come, user) for user in people]
        run("apply", BILLING, tmp_path)
        assert all(each.result() for each in arrivals)

    assert [held(user) for user in people] == [["support group:billing"]] * 6

"""Signing in by way of an organisation's own provider: the flow, what is refused, and who becomes whom."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from observability.accounts.models import AuditRow, Grant, OutsideIdentity, User
from observability.accounts.oidc import provider as known_provider
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import build_user, grant
from tests.build.factors import build_app
from tests.build.provider import Provider, arrive, leave

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, Any]]:
    rows = AuditRow.objects.filter(act__startswith="sign").order_by("seq")
    return [(row.act, row.changes) for row in rows]


def test_the_button_is_there_only_with_a_provider(client: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER = ""
    assert "elsewhere" not in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/elsewhere/").status_code == 404
    assert client.get("/sign-in/elsewhere/answer/").status_code == 404


def test_a_member_of_a_group_comes_in_with_what_the_group_gives(client: Client, provider: Provider) -> None:
    assert "Sign in with North Health" in client.get("/sign-in/").content.decode()

    answer = arrive(client, "/transactions/?late=1")

    assert answer["Location"] == "/transactions/?late=1"
    user = User.objects.get(username="bea")
    assert (user.get_full_name(), user.has_usable_password()) == ("Bea Miller", False)
    held = Grant.objects.get(user=user)
    assert (held.role, held.source, held.valid_from) == ("support", "group:billing", now().date())
    assert client.session["_auth_user_id"] == str(user.pk)
    assert told() == [("signed_in", {"way": "oidc"})]
    assert provider.refused == []
    assert "no password of yours is kept here" in client.get("/account/").content.decode()


def test_the_code_is_asked_for_with_pkce_state_and_nonce(client: Client, provider: Provider) -> None:
    leave(client)

    asked = provider.asked
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))


def test_somebody_known_is_the_same_person_again_whatever_else_changed(provider: Provider) -> None:
    arrive(Client())
    provider.claims |= {"preferred_username": "beatrice", "email": "other@example.org"}
    arrive(Client())

    assert [user.username for user in User.objects.all()] == ["bea"]


def test_a_name_or_address_of_somebody_here_makes_nobody_them(client: Client, provider: Provider) -> None:
    ada = build_user("ada", role=Role.ADMINISTRATOR)
    User.objects.update(email="ada@example.org")
    provider.claims |= {"preferred_username": "ADA", "email": "ada@example.org", "email_verified": True}

    arrive(client)

    assert client.session["_auth_user_id"] != str(ada.pk)
    assert User.objects.get(pk=client.session["_auth_user_id"]).username == "ADA-2"


def test_the_same_subject_of_another_issuer_is_somebody_else(provider: Provider) -> None:
    arrive(Client())
    OutsideIdentity.objects.update(issuer="https://another.example.org")
    arrive(Client())

    assert User.objects.count() == 2


def test_somebody_unknown_without_a_role_gets_no_account(client: Client, provider: Provider) -> None:
    provider.claims["groups"] = ["cafeteria"]

    answer = arrive(client)

    assert answer.status_code == 403
    assert "you hold no role here" in answer.content.decode()
    assert not User.objects.exists()
    assert told() == [("sign_in_failed", {"way": "oidc", "why": "no_role"})]


def test_somebody_switched_off_stays_out(client: Client, provider: Provider) -> None:
    arrive(Client())
    User.objects.update(is_active=False)

    assert arrive(client).status_code == 403
    assert "_auth_user_id" not in client.session
    assert told()[-1] == ("sign_in_failed", {"way": "oidc", "why": "switched_off"})


def test_a_token_that_proves_nothing_opens_nothing(client: Client, provider: Provider) -> None:
    provider.claims["nonce"] = "x" * 43

    answer = arrive(client)

    assert answer.status_code == 403
    assert "did not work" in answer.content.decode()
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session
    assert told() == [("sign_in_failed", {"way": "oidc", "why": "token"})]


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.example.org"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"token_endpoint": "https://[nowhere/token"},
    ],
)
def test_a_provider_that_is_another_or_listens_in_clear_is_not_gone_to(
    client: Client, provider: Provider, said: dict[str, str]
) -> None:
    provider.discovery = said

    assert client.get("/sign-in/elsewhere/").status_code == 403


def test_an_answer_counts_once_in_its_own_browser_and_in_time(provider: Provider) -> None:
    mine, other = Client(), Client()
    address = leave(mine)
    assert other.get(address).status_code == 403, "somebody else's browser"
    assert mine.get(address + "x").status_code == 403, "another issuer"
    assert mine.get(address).status_code == 403, "and what was asked is used up by that"

    assert mine.get(leave(mine).replace("state=", "state=x")).status_code == 403

    address = leave(mine)
    assert mine.get(address).status_code == 302
    assert mine.get(address).status_code == 403

    late = leave(other)
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        assert other.get(late).status_code == 403
    refusals = [changes["why"] for act, changes in told() if act == "sign_in_failed"]
    assert refusals == ["provider_said_no", "state", "late"], "who only knocks leaves no row"


def test_an_address_that_fails_too_often_is_not_heard(provider: Provider, settings: Settings) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 2
    provider.claims["groups"] = []
    assert [arrive(Client()).status_code for _ in range(2)] == [403, 403]
    provider.claims["groups"] = ["billing"]

    answer = arrive(Client())

    assert "Too many failed tries" in answer.content.decode()
    assert [act for act, _ in told()] == ["sign_in_failed", "sign_in_failed", "sign_in_blocked"]
    assert not User.objects.exists()


def test_a_new_key_of_the_provider_is_found(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(Client())
    provider.published, provider.signs_with = ["two"], "two"
    assert arrive(Client()).status_code == 403, "a moment ago it was not there; nobody asks without end"

    monkeypatch.setattr(known_provider, "LOOK_AGAIN_SECONDS", -1)
    assert arrive(Client()).status_code == 302


def test_whoever_leaves_a_group_loses_what_it_gave_and_nothing_else(provider: Provider) -> None:
    arrive(Client())
    user = User.objects.get()
    grant(user, Role.AUDITOR, at=("SOUTH",))
    provider.claims["groups"] = []

    assert arrive(Client()).status_code == 302
    assert [each.role for each in Grant.objects.filter(user=user, ended_at=None)] == ["auditor"]

    Grant.objects.filter(user=user).update(ended_at=now())
    assert arrive(Client()).status_code == 403


def test_what_proved_them_there_counts_as_a_second_factor_where_that_is_set(
    client: Client, provider: Provider, settings: Settings
) -> None:
    provider.claims["amr"] = ["pwd", "hwk"]
    arrive(Client())
    build_app(User.objects.get())

    assert arrive(client)["Location"] == "/sign-in/second-factor/"
    assert "password" not in client.get("/sign-in/second-factor/").content.decode()
    assert AuditRow.objects.filter(act="identity_accepted").count() == 1
    assert "_auth_user_id" not in client.session

    settings.OIDC_SECOND_FACTOR = ["hwk"]
    assert arrive(client)["Location"] == "/"
    assert client.session["second_factor"] == "provider"
    assert told()[-1] == ("signed_in", {"way": "oidc", "factor": "provider"})


def test_a_false_way_on_leads_to_the_board(client: Client, provider: Provider) -> None:
    assert arrive(client, "https://evil.example.org/")["Location"] == "/"


def test_an_account_is_tied_to_a_subject_by_hand_on_record_and_untied(provider: Provider) -> None:
    ada = build_user("ada", role=Role.ADMINISTRATOR)
    tie = ["link", "ada", "subject-1", "--reason", "Checked her badge at the desk"]
    call_command("oidc", *tie, stdout=StringIO())
    client = Client()
    arrive(client)
    assert client.session["_auth_user_id"] == str(ada.pk)

    with pytest.raises(CommandError, match="somebody here already"):
        call_command("oidc", *tie)
    call_command("oidc", "unlink", "subject-1", "--reason", "It was another one's badge", stdout=StringIO())

    assert client.get("/").status_code == 302
    arrive(client)
    assert client.session["_auth_user_id"] != str(ada.pk)
    acts = AuditRow.objects.filter(act__startswith="identity").order_by("seq")
    assert [(row.act, row.object_id) for row in acts] == [
        ("identity_linked", str(ada.pk)),
        ("identity_unlinked", str(ada.pk)),
    ]


def test_whoever_is_untied_keeps_nothing_that_their_groups_gave(provider: Provider) -> None:
    ada = build_user("ada", role=Role.AUDITOR, at=("SOUTH",))
    call_command("oidc", "link", "ada", "subject-1", "--reason", "Checked her badge", stdout=StringIO())
    arrive(Client())
    held = Grant.objects.filter(user=ada, ended_at=None)
    assert sorted(each.role for each in held) == ["auditor", "support"]

    call_command("oidc", "unlink", "subject-1", "--reason", "Another one's badge", stdout=StringIO())

    assert [each.role for each in held.all()] == ["auditor"], "nobody would ever take it back"
    assert AuditRow.objects.filter(act="grant_ended").count() == 1


def test_the_shell_says_whether_the_provider_is_the_right_one(provider: Provider) -> None:
    said = StringIO()
    call_command("oidc", "check", stdout=said)
    assert f"{provider.url}: 1 keys." in said.getvalue()

    known_provider.forget()
    provider.discovery = {"issuer": "https://another.example.org"}
    with pytest.raises(CommandError, match="describes another issuer"):
        call_command("oidc", "check")

"""Second factors: how they are kept, added, asked for, removed and reset."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from observability.accounts.factors import adapter
from observability.accounts.models import AuditRow, SignInFailure, User
from observability.accounts.roles import Role
from observability.core import keyring
from observability.core.seal import CannotOpen
from tests.accounts.test_installation import PRODUCTION
from tests.build import PASSWORD, build_user, grant, sign_in
from tests.build.factors import build_app, build_codes, code_of

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OLD, NEW = "old:ZGV2ZWxvcG1lbnQta2V5LW5vdC1mb3ItcHJvZHVjdDE=", PRODUCTION["THROUGHLINE_SEAL_KEYS"]
WHY = "Lost the telephone, called back"


@pytest.fixture(autouse=True)
def morning() -> Iterator[Any]:
    """Eight o'clock; `shift` moves it."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def alice(db: None) -> User:
    return build_user(role=Role.SUPPORT)


def halfway(client: Client, next: str = "") -> str:
    """Give the right password; return where that leads."""
    said = {"username": "alice", "password": PASSWORD, "next": next}
    return str(client.post("/sign-in/", said)["Location"])


def tried(client: Client, code: str) -> int:
    """Give a code in the second step; return the status."""
    return client.post("/sign-in/second-factor/", {"code": code}).status_code


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("act", flat=True))


def ring(settings: Settings, *keys: str) -> None:
    settings.SEAL_KEYS = list(keys)
    keyring.forget()


def test_a_secret_is_kept_sealed_and_opens_as_long_as_its_key_is_in_the_ring(settings: Settings) -> None:
    ring(settings, OLD)
    kept = get_adapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept

    ring(settings, NEW, OLD)
    assert get_adapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"

    ring(settings, NEW)
    with pytest.raises(CannotOpen):
        get_adapter().decrypt(kept)


def test_a_rotation_brings_factors_under_the_new_key(alice: User, client: Client, settings: Settings) -> None:
    ring(settings, OLD)
    secret, codes = build_app(alice), build_codes(alice)
    assert adapter.keys_kept() == {"old": 2}
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    ring(settings, NEW, OLD)
    adapter.reseal()
    ring(settings, NEW)

    assert adapter.keys_kept() == {"k1": 2}
    halfway(client)
    assert tried(client, code_of(secret, MORNING)) == 302
    halfway(client)
    assert tried(client, codes[3]) == 302


def test_a_password_alone_opens_nothing_where_there_is_a_second_factor(alice: User, client: Client) -> None:
    secret = build_app(alice)

    assert halfway(client, next="/transactions/") == "/sign-in/second-factor/?next=%2Ftransactions%2F"
    assert "_auth_user_id" not in client.session
    assert client.get("/transactions/")["Location"].startswith("/sign-in/")
    assert client.get("/account/second-factor/app/")["Location"].startswith("/sign-in/")

    before = client.session.session_key
    said = {"code": code_of(secret, MORNING), "next": "/transactions/"}
    assert client.post("/sign-in/second-factor/", said)["Location"] == "/transactions/"
    assert client.session.session_key != before
    assert is_in(client)
    assert acts() == ["password_accepted", "signed_in"]
    assert AuditRow.objects.get(act="signed_in").changes == {"factor": "totp"}


def test_a_code_is_taken_once_and_only_near_its_time(alice: User, client: Client, morning: Any) -> None:
    secret = build_app(alice)
    halfway(client)
    assert tried(client, code_of(secret, MORNING - timedelta(seconds=60))) == 422
    assert tried(client, "１２３４５６") == 422
    assert tried(client, code_of(secret, MORNING)) == 302

    halfway(client)
    assert tried(client, code_of(secret, MORNING)) == 422
    assert tried(client, code_of(secret, MORNING - timedelta(seconds=30))) == 422, "older than one taken"
    morning.shift(30)
    assert tried(client, code_of(secret, MORNING + timedelta(seconds=30))) == 302


def test_a_recovery_code_is_taken_once_with_spaces_or_without(alice: User, client: Client) -> None:
    build_app(alice)
    codes = build_codes(alice)
    for code, status in ((f"{codes[0][:4]} {codes[0][4:]}", 302), (codes[0], 422), (codes[1], 302)):
        halfway(client)
        assert tried(client, code) == status


def test_wrong_codes_lock_the_account_and_a_right_password_does_not_open_it_again(
    alice: User, client: Client, settings: Settings, morning: Any
) -> None:
    settings.SIGN_IN_FAILURES = 2
    secret = build_app(alice)
    for _ in range(2):
        halfway(client)
        assert tried(client, "000000") == 422

    assert tried(client, code_of(secret, MORNING)) == 422
    assert client.post("/sign-in/", {"username": "alice", "password": PASSWORD}).status_code == 422
    assert acts()[-2:] == ["sign_in_failed", "sign_in_blocked"]  # one row in a while
    morning.shift(settings.SIGN_IN_WINDOW_SECONDS + 1)
    halfway(client)
    assert tried(client, code_of(secret, MORNING + timedelta(seconds=901))) == 302
    assert not SignInFailure.objects.exists()


@pytest.mark.parametrize("what", ["late", "new password", "switched off"])
def test_halfway_does_not_last(alice: User, client: Client, morning: Any, what: str) -> None:
    secret = build_app(alice)
    halfway(client)
    if what == "late":
        morning.shift(301)
    elif what == "new password":
        alice.set_password("another horse battery")
        alice.save()
    else:
        alice.is_active = False
        alice.save()

    answer = client.post("/sign-in/second-factor/", {"code": code_of(secret, MORNING)})

    assert answer["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def add_app(client: Client, **said: str) -> tuple[str, Any]:
    """Take the secret that the page offers and give its code; return the secret and the answer."""
    page = client.get("/account/second-factor/app/").content.decode()
    found = re.search(r'<code class="long">([A-Z2-7 ]+)</code>', page)
    assert found
    secret = found[1].replace(" ", "")
    answer = client.post("/account/second-factor/app/", {"code": code_of(secret, MORNING)} | said)
    return secret, answer


def test_an_app_is_added_with_codes_shown_once_and_ends_other_sessions(alice: User, client: Client) -> None:
    other = sign_in(Client(), alice)
    halfway(client)
    assert client.post("/account/second-factor/app/", {"code": "000000"}).status_code == 422

    secret, answer = add_app(client)

    codes = re.findall(r"<li><code>(\d{4}) (\d{4})</code>", answer.content.decode())
    assert len(codes) == 10
    assert is_in(client)
    assert not is_in(other)
    assert codes[0][0] not in client.get("/account/").content.decode()
    assert acts() == ["signed_in", "factor_added"]
    halfway(client)
    assert tried(client, code_of(secret, MORNING)) == 422, "the code that added it"
    assert tried(client, "".join(codes[0])) == 302
    # New ones, for the password; the old ones open nothing.
    assert client.post("/account/second-factor/codes/", {"password": "wrong"}).status_code == 302
    assert b"<ol class" in client.post("/account/second-factor/codes/", {"password": PASSWORD}).content
    halfway(client)
    assert tried(client, "".join(codes[1])) == 422


def test_a_window_left_open_takes_no_app_without_the_password(
    alice: User, client: Client, morning: Any
) -> None:
    halfway(client)
    morning.shift(301)

    assert client.post("/account/second-factor/app/", {"code": "x"}).status_code == 422
    _, refused = add_app(client)
    assert refused.status_code == 422
    assert not Authenticator.objects.exists()


def removed(client: Client, factor: Authenticator, password: str = PASSWORD) -> bool:
    client.post(f"/account/second-factor/{factor.pk}/remove/", {"password": password})
    return not Authenticator.objects.filter(pk=factor.pk).exists()


def test_the_last_one_that_a_role_demands_stays_and_others_go_for_the_password(
    alice: User, client: Client, settings: Settings
) -> None:
    secret = build_app(alice)
    build_codes(alice)
    app = Authenticator.objects.get(type="totp")
    theirs = build_user("bob")
    build_app(theirs)
    halfway(client)
    tried(client, code_of(secret, MORNING))
    settings.SECOND_FACTOR_ROLES = ["support"]
    assert not removed(client, app)

    settings.SECOND_FACTOR_ROLES = ["auditor"]
    assert not removed(client, app, "wrong")
    assert not removed(client, Authenticator.objects.get(user=theirs))
    assert removed(client, app)
    assert not Authenticator.objects.filter(user=alice).exists(), "codes go with the last"
    assert is_in(client)
    assert acts()[-1] == "factor_removed"


def test_an_administrator_resets_only_who_holds_nothing_beyond_them(client: Client, alice: User) -> None:
    grant(alice, Role.AUDITOR, at=("SOUTH",))
    build_app(alice)
    window = sign_in(Client(), alice)
    ada = build_user("ada", role=Role.ADMINISTRATOR)
    sign_in(client, ada)
    reset = "/access/people/alice/reset-factors/"
    assert client.post(reset, {"reason": WHY}).status_code == 404
    grant(ada, Role.ADMINISTRATOR, at=("SOUTH",))

    client.post(reset, {"reason": "short"})
    assert is_in(window)
    client.post(reset, {"reason": WHY})

    assert not Authenticator.objects.exists()
    assert not is_in(window)
    row = AuditRow.objects.get(act="factors_reset")
    assert (row.user_id, row.object_id, row.reason) == (ada.pk, str(alice.pk), WHY)
    build_app(ada)
    client.post("/access/people/ada/reset-factors/", {"reason": WHY})
    assert Authenticator.objects.filter(user=ada).exists()


def test_the_shell_resets_the_first_administrator(alice: User, settings: Settings, capsys: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ["all"]
    build_app(alice)
    with pytest.raises(CommandError):
        call_command("mfa", "reset", "alice", "--reason", "short")

    call_command("mfa", "reset", "alice", "--reason", WHY)
    call_command("mfa", "status", "--json")

    assert '"missing": ["alice"]' in capsys.readouterr().out
    assert acts() == ["factors_reset"]


def test_in_a_demonstration_nobody_locks_out_the_others(
    alice: User, client: Client, settings: Settings
) -> None:
    settings.DEMO = True
    sign_in(client, alice)

    assert client.get("/account/second-factor/app/")["Location"] == "/account/"
    settings.SECOND_FACTOR_ROLES = ["support"]
    assert client.get("/account/second-factor/app/").status_code == 200

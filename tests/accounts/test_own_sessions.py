"""Somebody sees where they are signed in, and ends it; and a session ends with what it rests on."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from observability.accounts.models import AuditRow, Grant, LiveSession, User
from observability.accounts.roles import Role
from observability.accounts.session import device_of
from tests.build import PASSWORD, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML} Chrome/143.0 Safari/537.36"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {KHTML} Version/18.0 Safari/604.1"


def window(user: User, agent: str = CHROME) -> Client:
    """A window of `user`, signed in and used once."""
    client = sign_in(Client(headers={"user-agent": agent}), user)
    client.get("/account/")
    return client


def named_on(page: str) -> list[str]:
    """Return the names of the sessions that a page offers to end."""
    return re.findall(r'name="session" value="(\w+)"', page)


def test_the_page_names_devices_and_never_a_key() -> None:
    user = build_user()
    here, there = window(user), window(user, IPHONE)
    window(build_user("bob"), "curl/8.5")

    page = here.get("/account/").content.decode()

    assert "Chrome on Windows" in page
    assert "Safari on iPhone" in page
    assert "Unknown device" not in page, "that is somebody else's"
    assert len(named_on(page)) == 1
    assert not any(str(each.session.session_key) in page for each in (here, there))


def test_one_is_ended_on_record_and_the_others_stay() -> None:
    user = build_user()
    here, there, third = window(user), window(user, IPHONE), window(user)
    one = named_on(there.get("/account/").content.decode())[0]
    left = {each.session.session_key for each in (here, there, third)}

    there.post("/account/sessions/end/", {"session": one})

    assert there.get("/account/").status_code == 200
    assert sorted(each.get("/account/").status_code for each in (here, third)) == [200, 302]
    assert LiveSession.objects.filter(session_key__in=left).count() == 2
    row = AuditRow.objects.get()
    assert (row.act, row.object_id, row.user_id) == ("session_ended", one, user.pk)


def test_all_others_end_and_nobody_elses(client: Client) -> None:
    user, bob = build_user(), build_user("bob")
    here, others, bobs = window(user), [window(user), window(user)], window(bob)

    here.post("/account/sessions/end/", {"session": named_on(bobs.get("/account/").content.decode())})
    here.post("/account/sessions/end/")

    assert [each.get("/account/").status_code for each in (here, bobs, *others)] == [200, 200, 302, 302]
    assert client.post("/account/sessions/end/")["Location"].startswith("/sign-in/")


def test_a_window_that_nobody_used_is_no_live_session() -> None:
    user = build_user()
    window(user, IPHONE)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert "iPhone" not in window(user).get("/account/").content.decode()


def test_a_sign_in_takes_those_away_that_ran_out(client: Client) -> None:
    user = build_user()
    gone, stays = window(user).session.session_key, window(user).session.session_key
    LiveSession.objects.filter(session_key=gone).update(expire_date=timezone.now())

    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})

    left = set(LiveSession.objects.values_list("session_key", flat=True))
    assert stays in left
    assert gone not in left


@pytest.mark.parametrize("how", ["saved", "updated"])
def test_switched_off_ends_every_session_for_good_also_where_nobody_asks_in_between(how: str) -> None:
    user = build_user(role=Role.SUPPORT)
    windows = [window(user), window(user)]
    for active in (False, True):
        if how == "saved":  # by who read the person before, and writes every column back
            user.is_active = active
            user.save()
        else:
            User.objects.filter(pk=user.pk).update(is_active=active)

    assert [each.get("/").status_code for each in windows] == [302, 302]
    assert not LiveSession.objects.filter(user=user).exists()


def test_a_sign_in_that_was_checked_before_the_switch_counts_no_more_after_it() -> None:
    build_user(role=Role.SUPPORT)
    checked = User.objects.get()
    for active in (False, True):
        User.objects.update(is_active=active)

    assert sign_in(Client(), checked).get("/").status_code == 302


def test_the_last_grant_takes_every_session_along_and_an_earlier_one_none() -> None:
    user = build_user(role=Role.SUPPORT)
    grant(user, Role.AUDITOR, at=("SOUTH",))
    here = window(user)
    first, last = Grant.objects.filter(user=user)

    Grant.objects.filter(pk=first.pk).update(ended_at=timezone.now())
    assert here.get("/account/").status_code == 200
    Grant.objects.filter(pk=last.pk).update(ended_at=timezone.now())
    assert here.get("/account/").status_code == 302


def test_a_sign_in_after_the_end_is_a_new_session(client: Client) -> None:
    user = build_user(role=Role.SUPPORT)
    for active in (False, True):
        User.objects.filter(pk=user.pk).update(is_active=active)

    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})

    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/143.0", "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("<script>alert(1)</script>", "Unknown device"),
    ],
)
def test_a_device_is_told_coarsely(agent: str, device: str) -> None:
    assert device_of(agent) == device

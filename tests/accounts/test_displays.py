"""A display on a wall: who makes one, what it shows, and that nothing else answers it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from django.test import Client
from django.urls import reverse

from observability.accounts import links
from observability.accounts.models import AuditRow, Display, Grant, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.accounts.doors import DOORS
from tests.accounts.test_t34_access import MARKS
from tests.build import build_facility, build_transaction, build_user, grant, sign_in
from tests.build.people import build_display

pytestmark = pytest.mark.django_db
MATRIX: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs" / "access-matrix.yaml").read_text()
)
POLL = {"HX-Request": "true", "HX-Current-URL": "http://testserver/", "X-Polling": "1"}


def started(display: Display | None = None) -> Client:
    """The browser of a display of NORTH."""
    display = display or build_display("NORTH")
    token = links.make(
        purpose=links.Purpose.DISPLAY,
        subject=str(display.pk),
        made_by=None,
        at=now(),
        lasts=timedelta(hours=1),
    )
    client = Client()
    assert client.post(f"/displays/open/{token}/")["Location"] == "/"
    return client


def administrator(*at: str) -> User:
    user = build_user("ada")
    grant(user, Role.ADMINISTRATOR, at=at)
    return user


def make(client: Client, *facilities: str, **more: object) -> Any:
    """Post the form; return the answer."""
    said = {
        "name": "Business office",
        "facility_ids": [build_facility(code).pk for code in facilities],
        "last_day": (now() + timedelta(days=7)).date(),
        "reason": "Shown at the desk of the business office",
    }
    return client.post("/access/displays/make/", said | more)


def link_on(page: Any) -> str:
    """Return the address that a page shows, without the host."""
    found = re.search(r"http://testserver(/displays/open/[^<\s]+)", page.content.decode())
    return found[1] if found else ""


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("act", flat=True))


def test_it_is_made_with_a_link_that_is_shown_once_and_starts_it_on_record(client: Client) -> None:
    sign_in(client, administrator("NORTH"))
    address = link_on(make(client, "NORTH"))

    assert not link_on(client.get("/access/displays/"))
    wall = Client()
    page = wall.get(address).content.decode()
    assert "Start “Business office”" in page
    assert wall.post(address)["Location"] == "/"
    assert "Business office" in wall.get("/").content.decode()
    assert acts() == ["display_made", "display_started"]
    assert AuditRow.objects.get(act="display_started").session_hash


def test_it_shows_only_facilities_that_its_maker_decides_on_and_sees(client: Client) -> None:
    ada = administrator("NORTH")
    grant(ada, Role.EXECUTIVE, at=("SOUTH",))  # sees the board there, and does not decide
    sign_in(client, ada)

    assert make(client, "NORTH", "SOUTH").status_code == 422
    assert make(client).status_code == 422
    assert not Display.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"reason": "short"},
        {"last_day": "2020-01-01"},
        {"last_day": "2099-01-01"},
        {"last_day": "9999-12-31"},
        {"name": " "},
    ],
)
def test_a_mistake_makes_nothing(client: Client, said: dict[str, object]) -> None:
    sign_in(client, administrator("NORTH"))

    assert make(client, "NORTH", **said).status_code == 422
    assert not Display.objects.exists()


def test_a_form_that_is_sent_twice_makes_one(client: Client) -> None:
    sign_in(client, administrator("NORTH"))

    assert [make(client, "NORTH").status_code for _ in range(2)] == [200, 422]
    assert Display.objects.count() == 1


def test_the_board_answers_a_display_and_nothing_else_does() -> None:
    build_facility("SOUTH")
    wall = started()

    answers = {}
    for name, door in DOORS.items():
        url = reverse(name, kwargs={**door.arguments, **door.anybody(), **door.theirs()})
        answers[name, "get"] = wall.get(url)
        answers[name, "poll"] = wall.get(url, headers=POLL)
        answers[name, "post"] = wall.post(url, door.write)

    opened = {key for key, answer in answers.items() if answer.status_code != 404}
    assert opened == {("kpis:board", "get"), ("kpis:board", "poll")}
    assert {name for name, who in MATRIX["pages"].items() if "display" in who} == {"kpis:board"}
    assert not any(mark in answer.content for answer in answers.values() for mark in MARKS)
    assert wall.get("/?facility=SOUTH").status_code == 404


def test_its_board_leads_nowhere_and_asks_for_nothing() -> None:
    build_transaction("NORTH")
    wall = started()

    for headers in ({}, POLL):
        page = wall.get("/", headers=headers).content.decode()
        hrefs = re.findall(r'<a\b[^>]*href="([^"]*)"', page)
        assert "North" in page
        assert [href for href in hrefs if href != "#main"] == []
        assert re.findall(r"<form|<nav|type=.search|hx-get|hx-post", page) == []


def test_it_outlasts_the_working_day_untouched_and_ends_with_its_last_day() -> None:
    wall = started()
    cookie = wall.cookies["session"]
    assert int(cookie["max-age"]) > 7 * 86_400, "else a display that is over could not say so"

    for days in (1, 6.9):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            assert wall.get("/", headers=POLL).status_code == 200
            assert Display.objects.get().seen_at == now()
    with time_machine.travel(now() + timedelta(days=7, minutes=1), tick=False):
        assert wall.get("/")["Location"] == "/displays/over/"


def test_an_ended_one_says_so_on_the_wall(client: Client) -> None:
    display = build_display("NORTH")
    wall = started(display)
    sign_in(client, administrator("NORTH"))

    client.post(f"/access/displays/{display.pk}/end/")

    assert wall.get("/", headers=POLL)["HX-Redirect"] == "/displays/over/"
    assert "This display is over" in wall.get("/displays/over/").content.decode()
    assert acts()[-1] == "display_ended"


def test_it_never_shows_more_than_its_maker_sees() -> None:
    build_facility("SOUTH")
    maker = build_user("maker", role=Role.ADMINISTRATOR, at=("NORTH", "SOUTH"))
    wall = started(build_display("NORTH", "SOUTH", made_by=maker))
    assert "South Hospital" in wall.get("/").content.decode()

    Grant.objects.filter(facility_id=build_facility("SOUTH").pk).update(ended_at=now())
    assert "South Hospital" not in wall.get("/").content.decode()

    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert wall.get("/")["Location"] == "/displays/over/"


def test_starting_one_signs_out_who_was_signed_in_there(client: Client) -> None:
    sign_in(client, administrator("NORTH"))
    address = link_on(make(client, "NORTH"))
    assert "signs you out" in client.get(address).content.decode()

    client.post(address)

    assert client.get("/account/").status_code == 404
    assert acts() == ["display_made", "signed_out", "display_started"]


def test_somebody_else_sees_which_facilities_of_theirs_it_shows_and_no_other(client: Client) -> None:
    display = build_display("NORTH", "SOUTH")
    sign_in(client, administrator("NORTH"))

    page = client.get("/access/displays/").content.decode()

    assert display.name in page
    assert "and 1 beyond your scope" in page
    assert "South Hospital" not in page

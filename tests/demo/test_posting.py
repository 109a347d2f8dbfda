"""The demonstration reaches a real server through its endpoints, is taken whole, and is not posted twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations.ingest import auth, crosswalks, limits, pressure
from integrations.models import Connector, Credential, Facility, Heartbeat, Inbox
from observability.accounts.models import User
from observability.core import clock
from observability.demo.history import catch_up, days_back, post_days
from observability.demo.live import Live
from observability.demo.loaded import Loaded
from observability.demo.moments import DAY, HOUR
from observability.demo.network import CONNECTORS, PLACES
from observability.demo.posting import NotPosted, Poster
from observability.demo.system import database_name, keys_for_now, make_facilities
from tests.build.days import empty

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    for module in (auth, crosswalks, limits, pressure):
        module.forget()
    empty("inbox")  # it is made by SQL, so nobody empties it between tests


@pytest.fixture
def poster(live_server: LiveServer) -> Iterator[Poster]:
    make_facilities(clock.now())
    made = Poster(live_server.url, keys_for_now(clock.now()))
    yield made
    made.close()


def items() -> int:
    return int(Inbox.objects.aggregate(all=Sum("items"))["all"] or 0)


def silent(done: int, of: int) -> None:
    """Nobody looks on."""


def test_a_day_is_taken_whole_and_a_second_start_posts_only_what_came_since(
    poster: Poster, tmp_path: Path
) -> None:
    at = int(clock.now().timestamp()) - DAY
    loaded = Loaded.read(tmp_path, database_name(), at)
    days = days_back(at, 3, 4)

    post_days(poster, loaded, days, silent)
    first = items()
    post_days(poster, loaded, days, silent)
    assert 1_000 < first == items() == poster.tally.posted
    assert not poster.tally.rejected

    again = Loaded.read(tmp_path, database_name(), at + HOUR)
    assert (again.began, again.until, again.days) == (at, at, set(days))
    catch_up(poster, again, at + DAY)
    came = items() - first
    catch_up(poster, Loaded.read(tmp_path, database_name(), at + DAY), at + DAY)
    assert 0 < came < first / 3
    assert items() == first + came
    assert not poster.tally.rejected


def test_it_goes_on_talking_and_its_connectors_beat(poster: Poster, tmp_path: Path) -> None:
    at = int(clock.now().timestamp())
    loaded = Loaded.read(tmp_path, database_name(), at)
    # The two days that are told first would only make this slow.
    loaded.days |= set(days_back(at, 0, 2))
    live = Live(poster, loaded, at, behind=[])

    for seconds in range(0, 120, 2):
        live.tick(at + seconds)

    assert 100 < items() < 1_000
    assert items() == poster.tally.posted - 2 * len(CONNECTORS)  # beats are kept apart
    assert not poster.tally.rejected
    assert Heartbeat.objects.count() == len(CONNECTORS)


def test_a_refused_key_ends_it_with_the_server_s_word(poster: Poster, live_server: LiveServer) -> None:
    stranger = Poster(live_server.url, dict.fromkeys(CONNECTORS, "abcdefghijkl.nosuchsecret"))
    (sent,) = stranger.beat({"ehr": 1.0})

    with pytest.raises(NotPosted, match="401"):
        sent.result()
    stranger.close()
    assert Heartbeat.objects.count() == 0


def test_the_system_is_made_once_and_each_start_has_keys_of_its_own(settings: Settings) -> None:
    settings.DEMO = True
    call_command("demo_system")
    call_command("demo_system")
    keys = [keys_for_now(clock.now()) for _ in range(3)]

    assert set(Facility.objects.values_list("code", flat=True)) == {place.code for place in PLACES}
    assert User.objects.filter(username="eva").count() == 1
    assert Connector.objects.count() == len(CONNECTORS)
    assert len({key for run in keys for key in run.values()}) == 3 * len(CONNECTORS)
    assert Credential.objects.filter(revoked_at=None).count() == 2 * len(CONNECTORS)

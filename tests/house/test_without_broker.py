"""While the broker is away each worker does its share of the schedule itself."""

from observability.schedule import Entry, beat_schedule, routes
from observability.without_broker import Keeper

SECOND = Entry("house.every_second", "ingest", 1.0)
MINUTE = Entry("house.every_minute", "ingest", 60.0, (3,))


class Broker:
    """The other end of the network: answers or not."""

    def __init__(self) -> None:
        self.up = False

    def answers(self) -> bool:
        return self.up


def keeper(broker: Broker, ran: list[str], *, failing: str = "") -> Keeper:
    def run(entry: Entry) -> None:
        ran.append(entry.name)
        if entry.name == failing:
            raise ValueError("planted")

    return Keeper([SECOND, MINUTE], run=run, broker_answers=broker.answers)


def test_nothing_runs_while_the_broker_answers() -> None:
    broker, ran = Broker(), list[str]()
    broker.up = True
    assert keeper(broker, ran).look(at=0.0) == 0
    assert ran == []


def test_without_the_broker_each_task_runs_once_per_its_period() -> None:
    ran = list[str]()
    watching = keeper(Broker(), ran)
    for at in (0.0, 2.0, 4.0, 61.0):
        watching.look(at=at)
    assert ran.count("house.every_second") == 4
    assert ran.count("house.every_minute 3") == 2


def test_a_task_that_fails_does_not_keep_the_others_from_running() -> None:
    ran = list[str]()
    watching = keeper(Broker(), ran, failing="house.every_second")
    watching.look(at=0.0)
    watching.look(at=2.0)
    assert ran == ["house.every_second", "house.every_minute 3", "house.every_second"]


def test_a_nudge_expires_with_its_period() -> None:
    assert beat_schedule((SECOND,)) == {
        "house.every_second": {
            "task": "house.every_second",
            "schedule": 1.0,
            "args": (),
            "options": {"queue": "ingest", "expires": 1.0},
        }
    }


def test_whoever_sends_a_task_it_goes_to_its_queue() -> None:
    assert routes((SECOND,)) == {"house.every_second": {"queue": "ingest"}}

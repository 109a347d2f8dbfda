"""What is kept running: a server that cannot be started just now takes nothing else down with it."""

from observability.embedded.problems import EmbeddedError
from observability.embedded.supervisor import FIRST_PAUSE_SECONDS, Kept, Supervisor


class Broken:
    """A server on a full disk, or one that is killed while it starts: so many starts fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.failures:
            raise EmbeddedError("it did not start")

    def is_running(self) -> bool:
        return self.starts > self.failures


def looked_at(*servers: Broken, seconds: int) -> None:
    """Let a supervisor look twice a second."""
    supervisor = Supervisor([Kept(server, started_at=0.0) for server in servers])
    for half in range(seconds * 2):
        supervisor.look(half / 2)


def test_a_server_that_cannot_start_is_tried_again_until_it_can() -> None:
    server = Broken(3)

    looked_at(server, seconds=10)

    assert server.is_running()


def test_it_is_tried_ever_more_rarely_and_its_neighbours_are_kept_all_the_same() -> None:
    hopeless, neighbour = Broken(1_000), Broken(0)

    looked_at(hopeless, neighbour, seconds=60)

    assert neighbour.is_running()
    assert 5 <= hopeless.starts < 60 / FIRST_PAUSE_SECONDS / 10

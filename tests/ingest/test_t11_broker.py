"""T11: taking in never asks the broker, so its times without one are its times with one."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import BATCH, JSON, PROTOBUF, poster
from tests.ingest.serving import serving

pytestmark = pytest.mark.django_db(transaction=True)


class Silent:
    """A broker that takes connections, counts them and never says a word."""

    def __init__(self, place: Path) -> None:
        self.url = f"unix://{place}"
        self.asked: list[socket.socket] = []
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(place))
        self.door.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                self.asked.append(self.door.accept()[0])
        except OSError:
            return


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Silent]:
    broker = Silent(tmp_path / "broker.sock")
    yield broker
    broker.door.close()


def test_t11_no_request_of_a_connector_asks_the_broker(silent: Silent) -> None:
    post = poster()
    with serving(REDIS_URL=silent.url) as server:
        before = len(silent.asked)
        said = {"Authorization": f"Bearer {post.key}"}
        for path, kind, body in (
            ("/v1/traces", PROTOBUF, traces({}).SerializeToString()),
            ("/v1/metrics", JSON, b"{}"),
            ("/v1/logs", JSON, b"{}"),
            ("/api/v1/heartbeats", JSON, b'{"stream": "claims"}'),
            ("/api/v1/events", BATCH, json.dumps([event()]).encode()),
        ):
            status, _, answer = server.request(path, body, said | {"Content-Type": kind})
            assert (path, status) == (path, 200)
        receipt = json.loads(answer)["receipt"]
        assert server.request(f"/api/v1/receipts/{receipt}", None, said, method="GET")[0] == 200
        assert len(silent.asked) == before

        status, _, words = server.request("/readyz", None, {}, method="GET")
        assert (status, b"broker: does not answer" in words) == (200, True)
        assert len(silent.asked) > before  # the door is open: who asks is seen

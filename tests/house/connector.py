"""Post to a running installation the way a connector does, with nothing but HTTP."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from tests.house.conftest import Start, Started
from tests.house.test_up import in_another_shell

FACILITY = "from integrations.models import Facility; Facility.objects.create(code='NORTH', name='North')"
BATCH = "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Feed:
    """A connector of one installation and its key."""

    url: str
    key: str

    def post(self, batch: int, *, size: int = 5) -> tuple[int, str]:
        """Post charges numbered by batch; return the status and the receipt, or the answer's text."""
        return self.send([_charge(batch * size + i) for i in range(size)])

    def send(self, events: list[dict[str, object]]) -> tuple[int, str]:
        """Post events; return the status and the receipt, or the answer's text."""
        body = json.dumps(events).encode()
        status, answer = self._ask(f"{self.url}/api/v1/events", body)
        return status, json.loads(answer)["receipt"] if status == 200 else answer

    def state(self, receipt: str) -> str:
        """Return what has become of a request."""
        return str(json.loads(self._ask(f"{self.url}/api/v1/receipts/{receipt}")[1])["status"])

    def all_applied(self, receipts: list[str]) -> bool:
        """Say whether every one of these requests has been applied."""
        return all(self.state(receipt) == "applied" for receipt in receipts)

    def _ask(self, url: str, body: bytes | None = None) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": BATCH}
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            return exc.code, exc.read().decode()


def feed_of(start: Start, up: Started) -> Feed:
    """Make a facility and a connector for it from another shell."""
    made = in_another_shell(start, "shell", "--no-imports", "-c", FACILITY)
    assert made.returncode == 0, made.stderr
    created = in_another_shell(start, "connector", "create", "feed", "--facility", "NORTH", "--json")
    assert created.returncode == 0, created.stderr
    return Feed(up.url, json.loads(created.stdout)["key"])


def _charge(number: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"charge-{number}",
        "source": "house",
        "type": "charge.captured.v1",
        "time": "2026-11-01T12:00:00Z",
        "data": {"charge_no": f"C{number}", "amount": "10.00"},
    }

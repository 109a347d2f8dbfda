"""What a clearinghouse says for two facilities, and mapping it to one or the other."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.catalogue.code_kinds import FACILITY
from integrations.ingest import crosswalks
from integrations.reference.crosswalk import Named, Target
from observability.core import clock
from tests.build import build_facility
from tests.build.claims import acked, denied, event, posted, remitted, submitted
from tests.ingest.posting import Poster
from tracing.models import Remap
from tracing.storage import remap, sweep
from tracing.storage.drain import drain
from tracing.storage.remap_plan import Change

NPI = Named(FACILITY, "npi", "1234567893")
IDS = [{"authority": "npi", "code": NPI.code}]
NOBODY = "-"  # stands where a claim's number is not said
DAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # still the first of March in Chicago


def told() -> list[dict[str, Any]]:
    """A claim with its answers, one by its day alone, a late answer for another, and one of no code."""
    hours = [DAY + timedelta(hours=n) for n in range(6)]
    return [
        submitted("C1", hours[0], facility_ids=IDS, payer_claim_control="ICN-C1"),
        acked("C1", hours[1], facility_ids=IDS),
        acked(NOBODY, hours[1], level="999", outcome="rejected", set="SENDER/1/C1"),
        remitted("C1", hours[2], facility_ids=IDS, payer_sequence=None, local_time=True),
        posted("C1", hours[3], facility_ids=IDS, payer_sequence=None, date_only=True),
        denied("C2", hours[4], facility_ids=IDS, payer="P-17"),
        submitted("C2", hours[0], facility_ids=IDS, payer="P-17"),
        submitted("C3", hours[0]),
        event("account.ready", {"account_no": "A-9", "outcome": "ready", "facility_ids": IDS}, hours[0]),
        event("key.merged", {"kind": "account", "old": "A-9", "new": "A-C1", "facility_ids": IDS}, hours[5]),
    ]


def post(sender: Poster) -> None:
    crosswalks.forget()
    events = told()
    for each in events:
        each["data"] = {name: value for name, value in each["data"].items() if value not in (None, NOBODY)}
    answer = sender.events(events)
    assert json.loads(answer.content)["rejected"] == []
    drain(seconds=60)
    sweep.sweep_orphans(clock.now())


def means(code: str) -> Change:
    target = Target(facility_id=build_facility(code).pk)
    return Change(NPI, target, owner="Integration team", reason="The clinic was acquired in May")


def walk() -> int:
    """Walk both times, the second after every cache has forgotten."""
    moved = remap.go_on(clock.now(), seconds=60)
    moved += remap.go_on(clock.now() + timedelta(minutes=5), seconds=60)
    sweep.sweep_orphans(clock.now())
    assert not Remap.objects.filter(finished_at=None).exists()
    return moved

"""A steady trickle of charges and claims beside what falls due, so that things move while somebody looks."""

import heapq
from collections.abc import Iterator
from random import Random
from typing import Any

from observability.demo.claim_events import set_of
from observability.demo.gauges import samples
from observability.demo.moments import MINUTE, money, rfc3339, utc_day
from observability.demo.network import (
    CLEARINGHOUSE,
    EHR,
    OWN_NAMES,
    PAYERS,
    PLACES,
    PLANS,
    REVENUE,
    SUBMITTER,
    Place,
    charge_interface,
    cost_centre,
)
from observability.demo.saying import Said, event, in_own_words, span_id, trace_of
from observability.demo.spans import ChargeFlow, charge_spans
from observability.demo.story import DOWN_AT, Story
from observability.demo.visits import WORK

GAUGES_EVERY, CLAIM_EVERY = 20, 24  # seconds
CHARGES = 0.45  # a second


class Trickle:
    """A charge every second or two, a claim every half minute, queues measured: small, but never still."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._answers: list[tuple[int, int, Said]] = []
        self._count = 0

    def said(self, before: int, at: int) -> Iterator[Said]:
        """Yield what is said in the seconds after `before` up to `at`."""
        for second in range(before + 1, at + 1):
            dice = Random(second)  # noqa: S311 - the same second says the same
            if dice.random() < CHARGES:
                yield from self._charge(second, dice)
            if second % CLAIM_EVERY == 0:
                yield self._claim(second, dice)
            if second % GAUGES_EVERY == 0:
                for place in PLACES:
                    yield from samples(place, second, self._story)
        while self._answers and self._answers[0][0] <= at:
            yield heapq.heappop(self._answers)[2]

    def _later(self, said: Said) -> None:
        self._count += 1
        heapq.heappush(self._answers, (said.at, self._count, said))

    def _charge(self, at: int, dice: Random) -> Iterator[Said]:
        place = dice.choice(PLACES)
        department = dice.choice(place.departments)[0]
        code, least, most = dice.choice(WORK[department])
        number, trace = f"CX{at}", trace_of(place, f"CX{at}")
        down = place.code == DOWN_AT
        data: dict[str, Any] = {
            **_where(place),
            "interface": charge_interface(place),
            "charge_no": number,
            "account_no": f"AX{at // MINUTE}",
            "code": code,
            "amount": money(dice.randrange(least, most, 50)),
            "department": department,
            "cost_centre": cost_centre(place, department),
        }
        parent = f"00-{trace}-{span_id(trace, 0)}-01"
        captured = event(
            EHR, "charge.captured.v1", f"{place.code}/{number}/captured", at, data, traceparent=parent
        )
        yield in_own_words(captured, place)
        yield from charge_spans(ChargeFlow(place, trace, at, at, refused=down))
        if not down:
            answered = at + 2 + int(dice.random() * 12)
            said = data | {"outcome": "posted"}
            posted = event(REVENUE, "charge.posted.v1", f"{place.code}/{number}/posted", answered, said)
            self._later(in_own_words(posted, place))

    def _claim(self, at: int, dice: Random) -> Said:
        place, payer = dice.choice([each for each in PLACES if not each.writes_files]), dice.choice(PAYERS)
        number, cents = f"CLX{at}", dice.randrange(20_000, 900_000, 100)
        common = _claim_of(place, number)
        sent = common | {
            "payer_sequence": "P",
            "payer": payer.code,
            "plan": PLANS[payer.code],
            "claim_type": "P",
            "frequency": "1",
            "amount": money(cents),
            "set": f"{set_of(place, utc_day(at))}/{at}",
            "batch": f"X{at}",
            "submitter": SUBMITTER,
            "service_from": rfc3339(at)[:10],
            "sequence": 101,
        }
        accepted = dice.random() > 0.04
        answer = common | {
            "level": "277CA",
            "outcome": "accepted" if accepted else "rejected",
            "reason": "A2:20:PR" if accepted else "A7:164:IL",
            "status_entity": "payer",
            "payer": payer.code,
            "batch": f"X{at}",
            "submitter": SUBMITTER,
            "sequence": 310,
        }
        name = f"{place.code}/{number}"
        answered = event(CLEARINGHOUSE, "claim.acked.v1", f"{name}/answer", at + 20, answer)
        self._later(in_own_words(answered, place))
        return in_own_words(event(CLEARINGHOUSE, "claim.submitted.v1", f"{name}/sent", at, sent), place)


def _where(place: Place) -> dict[str, Any]:
    """Return what the systems of a facility call it: our code, or its own where it has joined of late."""
    if place.code not in OWN_NAMES:
        return {"facility": place.code}
    authority, code = OWN_NAMES[place.code]
    return {"facility_ids": [{"authority": authority, "code": code}]}


def _claim_of(place: Place, number: str) -> dict[str, Any]:
    return {
        "facility_ids": [{"authority": "npi", "code": place.npi}],
        "claim_no": number,
        "issuer": place.issuer,
    }

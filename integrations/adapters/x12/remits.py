"""835: the payer's decision on each claim, with the adjustments that explain it (005010X221, 004010X091)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from integrations.adapters.x12.elements import Moment, parse_moment
from integrations.adapters.x12.envelope import SetHeader
from integrations.adapters.x12.events import (
    CORRECTED,
    REMITTED,
    TAKEN_BACK,
    TAKEN_BACK_AT_ONCE,
    TOTALLED,
    Event,
    date_flags,
    issuer_of,
    make_event,
    provider_ids,
)
from integrations.adapters.x12.findings import Finding, UnreadableError
from integrations.adapters.x12.items import (
    ItemReader,
    optional_amount,
    required_amount,
    required_claim_number,
    usable_key,
)
from integrations.adapters.x12.remit_detail import RemitDetail
from integrations.adapters.x12.remit_totals import OUT_OF_BALANCE, RemitTotals
from integrations.adapters.x12.segments import Segment

SEQUENCES: Final = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
REVERSAL: Final = "22"
MOST_PLACES: Final = 10  # until the next kind of event of a day begins
BETWEEN_CLAIMS: Final = {"LX", "TS2", "TS3", "PLB", "N1"}


class RemitReader(ItemReader):
    """Reads one 835: one payment of one payer to one payee, with the claims it settles."""

    item_name: ClassVar[str] = "claim"

    def __init__(self, header: SetHeader) -> None:
        super().__init__(header)
        self._at: Moment | None = None
        self._trace = ""
        self._payer: dict[str, str] = {}
        self._npi = self._tin = ""
        self._party = ""
        self._taken_back: set[str] = set()
        self._remitted: Counter[tuple[str, int]] = Counter()
        self._told_dateless = False
        self._totals = RemitTotals()

    def feed(self, segment: Segment) -> Iterator[Event | Finding]:
        """Take the next segment of the set."""
        yield from self._totals.take(segment)
        yield from super().feed(segment)

    def close(self, segment_number: int, *, complete: bool) -> Iterator[Event | Finding]:
        """End the set. One that broke off is not added up: what is missing may be money."""
        self.speaks_beyond_items = bool(self._totals.lines)
        yield from super().close(segment_number, complete=complete)
        if complete:
            place = self._totals.segment or segment_number
            yield from self._totals.findings(place)
            yield from self._added_up(place)

    def starts_item(self, segment: Segment) -> bool:
        return segment.id == "CLP"

    def ends_item(self, segment: Segment) -> bool:
        return segment.id in BETWEEN_CLAIMS

    def note(self, segment: Segment) -> Iterator[Finding]:
        match segment.id:
            case "BPR":
                self._at = parse_moment(segment.get(16))
            case "TRN":
                self._trace = usable_key(segment, 2)
                self._payer["trace"] = usable_key(segment, 3)
            case "DTM" if segment.get(1) == "405" and self._at is None:
                self._at = parse_moment(segment.get(2))
            case "N1":
                self._enter(segment)
            case "REF":
                self._identify(segment.get(1), usable_key(segment, 2))
        return iter(())

    def _enter(self, segment: Segment) -> None:
        self._party = segment.get(1)
        identifier = usable_key(segment, 4)
        if self._party == "PR":
            self._payer["name"] = identifier
        elif self._party == "PE":
            self._npi = identifier if segment.get(3) == "XX" else ""
            self._tin = identifier if segment.get(3) == "FI" else ""

    def _identify(self, qualifier: str, identifier: str) -> None:
        if self._party == "PR" and qualifier == "2U":
            self._payer["reference"] = identifier
        elif self._party == "PE" and qualifier == "TJ":
            self._tin = self._tin or identifier
        elif self._party == "PE" and qualifier == "HPI":
            self._npi = self._npi or identifier

    def read_item(self, item: list[Segment]) -> Iterator[Event | Finding]:
        clp = item[0]
        if self._at is None:
            yield from self._no_date(clp.number)
            return
        detail = RemitDetail.of(item)
        event = self._remit(clp, detail, self._at)
        for dtm in detail.undated:
            words = f"DTM*{dtm.get(1)} is no date; the claim goes without it"
            yield Finding(dtm.number, "service_date_unreadable", words)
        if OUT_OF_BALANCE in event.data.get("flags", ()):
            words = "CLP03 less CLP04 is not the sum of the claim's CAS amounts"
            yield Finding(clp.number, "claim_out_of_balance", words)
        if not (self._npi or self._tin):
            words = "no NPI or tax number of the payee"
            yield Finding(clp.number, "billing_provider_missing", words)
        yield event

    def _no_date(self, segment_number: int) -> Iterator[Finding]:
        """Tell once per set, however many claims it holds."""
        if not self._told_dateless:
            self._told_dateless = True
            words = "neither BPR16 nor DTM*405 is a date; nothing of this set was sent"
            yield Finding(segment_number, "set_date_unreadable", words)

    def _added_up(self, place: int) -> Iterator[Event | Finding]:
        """Yield the event of the remittance as a whole, which is known by its trace number."""
        if self._at is None:
            yield from self._no_date(place)
        elif not self._trace:
            words = "TRN02 is missing or no number: what the payment adds up to was not sent"
            yield Finding(place, "remit_trace_missing", words)
        else:
            data = {
                **self._payment(self._at),
                **self._totals.data(),
                "sequence": TOTALLED,
            }
            yield make_event(
                "remit.totalled",
                self.header,
                position=0,
                claim=self._trace,
                at=self._at,
                segment=place,
                data=data,
                known_as=self._known_as(self._at, *map(str, self._totals.data().values())),
            )

    def _payment(self, at: Moment) -> dict[str, Any]:
        """Return what claims and their payment share."""
        return {
            "facility_ids": provider_ids(self._npi, self._tin),
            "payer": self._payer_id(),
            "remit_trace": self._trace,
            "payment_date": at.day.isoformat(),
        }

    def _remit(self, clp: Segment, detail: RemitDetail, at: Moment) -> Event:
        number, status = required_claim_number(clp, 1), clp.get(2)
        if not re.fullmatch(r"[0-9]{1,2}", status):
            words = "CLP02 is missing or no code; not sent"
            raise UnreadableError(clp.number, "claim_status_unknown", words)
        billed, paid = required_amount(clp, 3), required_amount(clp, 4)
        first, last = detail.period
        flags = [] if detail.balances(billed, paid) else [OUT_OF_BALANCE]
        flags += ["service_date_unreadable"] if detail.undated else []
        data = {
            "claim_no": number,
            **self._turn(number, SEQUENCES.get(status)),
            "claim_status": status,
            "issuer": issuer_of(self._npi, self._tin, self.header.group.receiver),
            **self._payment(at),
            "payer_claim_control": usable_key(clp, 7),
            "member": detail.member,
            "frequency": clp.get(9) if re.fullmatch(r"[0-9A-Z]", clp.get(9)) else None,
            "billed": billed,
            "paid": paid,
            "patient_responsibility": optional_amount(clp, 5),
            "service_from": first and first.isoformat(),
            "service_to": last and last.isoformat(),
            "remarks": detail.remarks,
            "lines": detail.all_lines(),
            "sequence": self._sequence(number, status),
            "flags": flags + date_flags(at, first, "paid_before_service"),
        }
        return make_event(
            "remit.received",
            self.header,
            position=self.position,
            claim=number,
            at=at,
            segment=clp.number,
            data=data,
            known_as=self._known_as(at, status, billed, paid),
        )

    def _known_as(self, at: Moment, *decided: str) -> tuple[str, ...]:
        """Return what the payment is known by, and what it decided; empty where no money names it.

        Who delivers a remittance again puts it into another interchange. Its money came once. Those that pay
        nothing often share a number: they are known by their envelope.
        """
        payment, payer = self._totals.payment, self._payer.get("trace")
        if not (self._trace and payer and payment):
            return ()
        paid, payee = format(payment.normalize(), "f"), self._npi or self._tin
        return "payment", payer, self._trace, at.day.isoformat(), paid, payee, *decided

    def _turn(self, number: str, turn: str | None) -> dict[str, str | None]:
        """Return whose turn it is, so that it names the claim: under a tax number it does not.

        Several practices may have that number, so who knows the claim has to say which it is.
        """
        if self._npi or not self._tin:
            return {"payer_sequence": turn}
        tax_issuer = issuer_of("", self._tin, "")
        return {"tax_issuer": tax_issuer, "tax_turn": turn, "tax_claim_no": None if turn else number}

    def _payer_id(self) -> str:
        """Return the identifier by which claims name the payer too, else the payment's originator."""
        return next(
            (self._payer[source] for source in ("reference", "name", "trace") if self._payer.get(source)), ""
        )

    def _sequence(self, number: str, status: str) -> int:
        """Return its place in the day. Of several CLPs of a claim, as of a split one, the last stands."""
        if status == REVERSAL:
            self._taken_back.add(number)
            return TAKEN_BACK_AT_ONCE if self._remitted[number, REMITTED] else TAKEN_BACK
        place = CORRECTED if number in self._taken_back else REMITTED
        before = self._remitted[number, place]
        self._remitted[number, place] += 1
        return place + min(before, MOST_PLACES - 1)

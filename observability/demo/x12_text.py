"""Write claim files as a clearinghouse would exchange them: 837P, 999, 277CA and 835, of made-up parties."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from observability.demo.claim_events import trace_number
from observability.demo.claims import Ack, Claim, Remit, Submission
from observability.demo.moments import money
from observability.demo.network import NAME, RECEIVER, SUBMITTER, Place

CLAIM_VERSION, ACK_VERSION = "005010X222A1", "005010X231A1"
STATUS_VERSION, REMIT_VERSION = "005010X214", "005010X221A1"


@dataclass(frozen=True, slots=True)
class File:
    """The envelope of one interchange. `control` numbers interchange and group."""

    kind: str  # of the group: HC, FA, HN, HP
    set_type: str
    version: str
    at: int
    control: int
    outgoing: bool
    zone: str  # X12 names none: its clocks are those of the facility

    @property
    def moment(self) -> datetime:
        """What the facility's clock shows at `at`."""
        return datetime.fromtimestamp(self.at, ZoneInfo(self.zone))

    def text(self, body: Sequence[str]) -> str:
        """Return the whole interchange with its segments counted."""
        moment = self.moment
        sender, receiver = (SUBMITTER, RECEIVER) if self.outgoing else (RECEIVER, SUBMITTER)
        day, clock = f"{moment:%Y%m%d}", f"{moment:%H%M%S}"
        segments = [
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*{day[2:]}*{clock[:4]}*^*00501"
            f"*{self.control:09}*0*T*:",
            f"GS*{self.kind}*{sender}*{receiver}*{day}*{clock}*{self.control}*X*{self.version}",
            f"ST*{self.set_type}*0001*{self.version}",
            *body,
            f"SE*{len(body) + 2}*0001",
            f"GE*1*{self.control}",
            f"IEA*1*{self.control:09}",
        ]
        return "".join(f"{segment}~\n" for segment in segments)


def claims_file(file: File, batch: str, sent: Iterable[tuple[Claim, Submission]], place: Place) -> str:
    """Return an 837P."""
    moment = file.moment
    body = [
        f"BHT*0019*00*{batch}*{moment:%Y%m%d}*{moment:%H%M%S}*CH",
        f"NM1*41*2*{NAME}*****46*{SUBMITTER}",
        "PER*IC*BILLING*TE*0000000000",
        f"NM1*40*2*{RECEIVER}*****46*{RECEIVER}",
        "HL*1**20*1",
        f"NM1*85*2*{place.name}*****XX*{place.npi}",
    ]
    for number, (claim, submission) in enumerate(sent, 2):
        body += _claim(number, claim, submission)
    return file.text(body)


def _claim(number: int, claim: Claim, sent: Submission) -> list[str]:
    visit = claim.visit
    day = f"{visit.day:%Y%m%d}"
    segments = [
        f"HL*{number}*1*22*0",
        f"SBR*{sent.sequence}*18*******CI",
        f"NM1*IL*1*PATIENT*OF DEMO***MI*{visit.member}",
        f"NM1*PR*2*{sent.payer.name}*****PI*{sent.payer.code}",
        f"CLM*{claim.number}*{money(visit.cents)}***11:B:{sent.frequency}*Y*A*Y*Y",
        *([f"REF*F8*{sent.original}"] if sent.original else []),
        "HI*ABK:Z0000",
    ]
    for ordinal, line in enumerate(visit.lines, 1):
        segments += [
            f"LX*{ordinal}",
            f"SV1*HC:{line.code}*{money(line.cents)}*UN*{line.quantity}***1",
            f"DTP*472*D8*{day}",
        ]
    return segments


def set_ack_file(file: File, acknowledged: int) -> str:
    """Return a 999 that accepts set 0001 of the group with this control number."""
    return file.text(
        [
            f"AK1*HC*{acknowledged}*{CLAIM_VERSION}",
            f"AK2*837*0001*{CLAIM_VERSION}",
            "IK5*A",
            "AK9*A*1*1*1",
        ]
    )


def statuses_file(file: File, batch: str, day: date, acks: Sequence[tuple[Claim, Ack]], place: Place) -> str:
    """Return a 277CA about claims of one batch."""
    moment, stamp = file.moment, f"{day:%Y%m%d}"
    total = money(sum(claim.visit.cents for claim, _ in acks))
    body = [
        f"BHT*0085*08*{file.control}*{moment:%Y%m%d}*{moment:%H%M%S}*TH",
        "HL*1**20*1",
        f"NM1*AY*2*{RECEIVER}*****46*{RECEIVER}",
        f"TRN*1*{file.control}",
        "HL*2*1*21*1",
        f"NM1*41*2*{NAME}*****46*{SUBMITTER}",
        f"TRN*2*{batch}",
        f"STC*A1:19:40*{stamp}*WQ*{total}",
        "HL*3*2*19*1",
        f"NM1*85*2*{place.name}*****XX*{place.npi}",
    ]
    for number, (claim, ack) in enumerate(acks, 4):
        verdict = "U" if ack.outcome == "rejected" else "WQ"
        body += [
            f"HL*{number}*3*PT",
            f"NM1*QC*1*PATIENT*OF DEMO***MI*{claim.visit.member}",
            f"TRN*2*{claim.number}",
            f"STC*{ack.reason}*{stamp}*{verdict}*{money(claim.visit.cents)}",
            *([f"REF*1K*{ack.control}"] if ack.control else []),
            f"DTP*472*D8*{claim.visit.day:%Y%m%d}",
        ]
    return file.text(body)


def remits_file(file: File, remits: Sequence[tuple[Claim, Remit]], place: Place) -> str:
    """Return an 835: one payment of one payer on one day, with the claims it settles."""
    first = remits[0][1]
    stamp, payer = f"{first.day:%Y%m%d}", first.submission.payer
    total = sum(remit.decision.paid for _, remit in remits)
    method = "ACH" if total > 0 else "NON"
    body = [
        f"BPR*I*{money(total)}*C*{method}************{stamp}",
        f"TRN*1*{trace_number(first, remits[0][0].visit)}*{payer.code}",
        f"DTM*405*{stamp}",
        f"N1*PR*{payer.name}*XV*{payer.code}",
        f"N1*PE*{place.name}*XX*{place.npi}",
        "LX*1",
    ]
    for claim, remit in remits:
        body += _settled(claim, remit)
    return file.text(body)


def _settled(claim: Claim, remit: Remit) -> list[str]:
    decision, visit = remit.decision, claim.visit
    status = f"CLP*{claim.number}*{decision.status}*{money(decision.billed)}*{money(decision.paid)}"
    segments = [f"{status}*{money(decision.patient)}*12*{remit.control}*11*{remit.submission.frequency}"]
    segments.append(f"NM1*QC*1*PATIENT*OF DEMO***MI*{visit.member}")
    for ordinal, (line, settled) in enumerate(zip(visit.lines, decision.lines, strict=True), 1):
        paid = f"{money(settled.billed)}*{money(settled.paid)}"
        segments += [
            f"SVC*HC:{line.code}*{paid}**{line.quantity}",
            f"DTM*472*{visit.day:%Y%m%d}",
            *(f"CAS*{each.group}*{each.code}*{money(each.cents)}" for each in settled.adjustments),
            f"REF*6R*{ordinal}",
            *([f"LQ*HE*{decision.remark}"] if decision.remark else []),
        ]
    return segments

"""What becomes of the claim of a visit, move by move; how moves are written is not said here."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from observability.demo.adjudication import Decision, deny, deny_partly, pay, pay_second, zero_pay
from observability.demo.moments import HOUR, MINUTE, midnight, next_working
from observability.demo.network import SECOND_PAYER, Payer, Place
from observability.demo.story import Story
from observability.demo.visits import Visit

REJECTED = 0.034  # by payer or clearinghouse on receipt
RESENT = 0.62  # of those
SILENT = 0.008  # never acknowledged
TWICE = 0.3  # acknowledged by the clearinghouse too
VOIDED = 0.005
LOST = 0.012  # never adjudicated
PARTLY = 0.045
ZERO = 0.03
REPLACED = 0.44  # of denials: corrected and sent again
OVERTURNED = 0.74  # of those
TAKEN_BACK = 0.008
SECOND = 0.3
POSTED_LATE, NEVER_POSTED = 0.045, 0.012
WAVE = 0.34  # of remittances of the payer that denies for authorization
REJECTIONS = ("A7:562:85", "A7:164:IL", "A3:21:PR", "A6:448:PR", "A7:153:85", "A8:306:PR")


@dataclass(frozen=True, slots=True)
class Submission:
    """One time that the claim was sent; `original` is the payer's number for what it replaces."""

    at: int
    day: date
    payer: Payer
    sequence: str
    frequency: str
    ordinal: int
    original: str = ""


@dataclass(frozen=True, slots=True)
class Ack:
    """What clearinghouse or payer said of a submission on receipt."""

    at: int
    day: date
    submission: Submission
    entity: str
    outcome: str
    reason: str
    control: str


@dataclass(frozen=True, slots=True)
class Remit:
    """A payer's decision; `control` is its number for the claim."""

    at: int
    day: date
    submission: Submission
    decision: Decision
    control: str
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """Money of a remittance that reached the account."""

    at: int
    remit: Remit


Move = Submission | Ack | Remit | Posting


@dataclass(slots=True)
class Claim:
    """One claim number with all that happened to it."""

    visit: Visit
    moves: list[Move] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The claim number (CLM01)."""
        return f"CL{self.visit.number}"

    def control(self, submission: Submission) -> str:
        """Return the payer's number for a submission."""
        return f"{submission.payer.code[:3]}{self.visit.number.replace('-', '')}{submission.ordinal:02}"


def batch_at(place: Place, day: date) -> int:
    """Return when a facility sends the claims of a day: in the evening, as files early in the morning."""
    clock = 7 * HOUR if place.writes_files else 19 * HOUR + 30 * MINUTE
    return midnight(day, place.zone) + clock


class Course:
    """Plays out one claim, chance by chance."""

    def __init__(self, visit: Visit, story: Story) -> None:
        self.claim = Claim(visit)
        self._visit, self._story, self._dice = visit, story, visit.dice
        self._sent = 0

    def run(self, day: date) -> Claim:
        """Send the claim on `day` and follow it to its end."""
        sent = self._submit(day, self._visit.payer, "P", "1")
        accepted = self._acknowledge(sent)
        if not accepted and self._was_rejected() and self._dice.random() < RESENT:
            sent = self._submit(day + timedelta(days=self._days(1, 4)), self._visit.payer, "P", "1")
            accepted = self._acknowledge(sent, clean=True)
        if not accepted:
            return self.claim
        if self._dice.random() < VOIDED:
            void = self._submit(
                day + timedelta(days=2), self._visit.payer, "P", "8", original=self.claim.control(sent)
            )
            self._acknowledge(void, clean=True)
        else:
            self._adjudicate(sent, again=False)
        return self.claim

    def _days(self, least: int, most: int) -> int:
        return least + int(self._dice.random() * (most - least + 1))

    def _was_rejected(self) -> bool:
        last = self.claim.moves[-1]
        return isinstance(last, Ack) and last.outcome == "rejected"

    def _submit(
        self, day: date, payer: Payer, sequence: str, frequency: str, *, original: str = ""
    ) -> Submission:
        self._sent += 1
        at = batch_at(self._visit.place, day)
        sent = Submission(at, day, payer, sequence, frequency, self._sent, original)
        self.claim.moves.append(sent)
        return sent

    def _acknowledge(self, sent: Submission, *, clean: bool = False) -> bool:
        """Say how a submission was received; return whether it may be adjudicated."""
        twice, fate, hours = self._dice.random(), self._dice.random(), self._dice.random()
        if self._story.is_refused_set(self._visit.place.code, sent.day):
            return False
        if fate < SILENT and not clean:
            return True  # a payer that pays and never said it had the claim
        if twice < TWICE:
            self._ack(sent, "clearinghouse", 2 * HOUR, "received", "A1:19:40")
        rejected = fate > 1 - REJECTED and not clean
        reason = REJECTIONS[int(hours * len(REJECTIONS))] if rejected else "A2:20:PR"
        self._ack(sent, "payer", int((9 + hours * 16) * HOUR), "rejected" if rejected else "accepted", reason)
        return not rejected

    def _ack(self, sent: Submission, entity: str, after: int, outcome: str, reason: str) -> None:
        control = self.claim.control(sent) if outcome == "accepted" else ""
        at, day = sent.at + after, sent.day + timedelta(days=1)
        self.claim.moves.append(Ack(at, day, sent, entity, outcome, reason, control))

    def _adjudicate(self, sent: Submission, *, again: bool) -> None:
        day = next_working(sent.day + timedelta(days=self._days(*sent.payer.days)))
        lost, chance = self._dice.random(), self._dice.random()
        if lost < LOST:
            return
        if again:
            decision = self._paid(sent) if chance < OVERTURNED else deny(self._visit, sent.payer)
        else:
            decision = self._first(sent, day, chance)
        remit = self._remit(sent, day, decision)
        if decision.denied_whole:
            self._correct(sent, day, again=again)
        else:
            self._post(remit)
            self._afterwards(sent, remit, again=again)

    def _first(self, sent: Submission, day: date, chance: float) -> Decision:
        """Decide a claim for the first time."""
        wave = self._story.wants_authorization(sent.payer.code, midnight(day, self._visit.place.zone))
        authorization = self._dice.random() < WAVE
        if wave and authorization:
            return deny(self._visit, sent.payer, code="197")
        if chance < sent.payer.denies:
            return deny(self._visit, sent.payer)
        if chance < sent.payer.denies + PARTLY and len(self._visit.lines) > 1:
            return deny_partly(self._visit, sent.payer)
        if chance > 1 - ZERO:
            return zero_pay(self._visit, sent.payer)
        return self._paid(sent)

    def _paid(self, sent: Submission) -> Decision:
        return pay(self._visit, sent.payer)

    def _remit(self, sent: Submission, day: date, decision: Decision, *, correction: bool = False) -> Remit:
        zone = self._visit.place.zone
        # A file names only the day of payment.
        at = midnight(day, zone) + (0 if self._visit.place.writes_files else 6 * HOUR + 10 * MINUTE)
        remit = Remit(at, day, sent, decision, self.claim.control(sent), correction)
        self.claim.moves.append(remit)
        return remit

    def _correct(self, sent: Submission, denied: date, *, again: bool) -> None:
        days = self._days(2, 8)
        if again or self._dice.random() > REPLACED:
            return
        original = self.claim.control(sent)
        replaced = self._submit(
            denied + timedelta(days=days), sent.payer, sent.sequence, "7", original=original
        )
        if self._acknowledge(replaced, clean=True):
            self._adjudicate(replaced, again=True)

    def _post(self, remit: Remit) -> None:
        chance, hours = self._dice.random(), self._dice.random()
        if chance < NEVER_POSTED:
            return
        day = remit.day + timedelta(days=4 if chance > 1 - POSTED_LATE else 0)
        at = midnight(next_working(day), self._visit.place.zone) + int((9 + hours * 8) * HOUR)
        self.claim.moves.append(Posting(at, remit))

    def _afterwards(self, sent: Submission, remit: Remit, *, again: bool) -> None:
        taken_back, second = self._dice.random(), self._dice.random()
        if again or sent.sequence != "P":
            return
        if taken_back < TAKEN_BACK and remit.decision.paid:
            self._take_back(sent, remit)
        elif second < SECOND and sent.payer.covers_second and remit.decision.patient:
            self._bill_second(remit)

    def _take_back(self, sent: Submission, remit: Remit) -> None:
        """The payer takes its money back and, on the same day, decides anew."""
        day = next_working(remit.day + timedelta(days=self._days(6, 12)))
        self._remit(sent, day, remit.decision.reversed())
        decision = deny(self._visit, sent.payer, code="50")
        self._remit(sent, day, decision, correction=True)

    def _bill_second(self, remit: Remit) -> None:
        sent = self._submit(remit.day + timedelta(days=2), SECOND_PAYER, "S", "1")
        if self._acknowledge(sent, clean=True):
            day = next_working(sent.day + timedelta(days=self._days(*SECOND_PAYER.days)))
            self._post(self._remit(sent, day, pay_second(self._visit, remit.decision)))

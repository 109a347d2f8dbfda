"""Walk the whole audit chain once a day, in parts, and remember what was found."""

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from observability.accounts import anchors, chain
from observability.accounts.models import AuditCheck
from observability.accounts.verifying import Fault, Reached, verify
from observability.core import keyring

log = logging.getLogger(__name__)
PART = 20_000  # rows of one part: some seconds, for which other work of the queue waits
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit check', 0))"
STAND = "SELECT seq - first_seq + 1 FROM audit_head"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the chain is whole, as far as is known: what walks found, and the last anchor."""

    rows: int
    checked_at: datetime | None  # when the last whole walk ended
    checked_seq: int
    under_way: bool
    faults: tuple[Fault, ...]
    anchored: anchors.Written | None

    @property
    def broken_at(self) -> int | None:
        """The first row that is wrong."""
        return min((fault.seq for fault in self.faults), default=None)


def standing() -> Standing:
    """Return what is known; a fault stays until a whole walk has found none."""
    last, whole = AuditCheck.objects.order_by("-began_at").first(), _last_whole()
    found = {(each["seq"], each["words"]) for check in (last, whole) if check for each in check.faults}
    with connection.cursor() as cursor:
        cursor.execute(STAND)
        stand = cursor.fetchone()
    return Standing(
        rows=stand[0] if stand else 0,
        checked_at=whole.at if whole else None,
        checked_seq=whole.last_seq if whole else 0,
        under_way=last is not None and not last.whole,
        faults=tuple(Fault(seq, words) for seq, words in sorted(found)),
        anchored=anchors.last_written(),
    )


def check_if_due(at: datetime) -> AuditCheck | None:
    """Walk the next part of the walk under way, or begin one once a day; None where nothing is due."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            if not cursor.fetchone()[0]:
                return None
        check = AuditCheck.objects.order_by("-began_at").first()
        if check is None or (check.whole and _is_old(check, at)):
            check = AuditCheck(began_at=at, last_seq=0, last_hash="", rows=0, erased=0, anchors=0, faults=[])
        elif check.whole:
            return None
        _walk(check, at)
    if check.faults:
        log.error("audit_chain_broken", extra={"seq": min(each["seq"] for each in check.faults)})
    return check


def _walk(check: AuditCheck, at: datetime) -> None:
    found: list[dict[str, Any]] = list(check.faults)
    # Where the place it had reached is not what we signed, it begins at the beginning.
    after = Reached(check.last_seq, check.last_hash) if check.mac and _is_signed(check) else None
    try:
        written = anchors.read_anchors(after.seq if after else 0)
    except anchors.BadAnchor as exc:
        written = []
        found.append({"seq": 0, "words": f"the anchors are not ours: {exc}"})
    verdict = verify(written, after=after, most=PART)
    found += [{"seq": fault.seq, "words": fault.words} for fault in verdict.faults]
    check.at, check.whole = at, verdict.ended
    check.rows = verdict.rows + (check.rows if after else 0)
    check.erased = verdict.erased + (check.erased if after else 0)
    check.last_seq, check.last_hash = verdict.last_seq, verdict.last_hash
    check.anchors = max(check.anchors, verdict.anchors)
    check.faults = [each for n, each in enumerate(found) if each not in found[:n]][:SHOWN]
    ring = keyring.audit_keys()
    check.kid, check.mac = ring.current, _mac(ring.keys[ring.current], check)
    check.save()


def _last_whole() -> AuditCheck | None:
    return AuditCheck.objects.filter(whole=True).order_by("-began_at").first()


def _is_old(check: AuditCheck, at: datetime) -> bool:
    return at - check.began_at >= timedelta(seconds=settings.AUDIT_CHECK_SECONDS)


def _is_signed(check: AuditCheck) -> bool:
    key = keyring.audit_keys().keys.get(check.kid)
    return key is not None and hmac.compare_digest(_mac(key, check), check.mac)


def _mac(key: bytes, check: AuditCheck) -> str:
    return chain.mac_of(
        key,
        {"began_at": check.began_at.isoformat(), "seq": check.last_seq, "hash": check.last_hash},
    )

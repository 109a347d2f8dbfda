"""Move what is stored once the reference data says whose number of a register a code is."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from integrations.catalogue.contracts import registers
from integrations.models import LocalCode, RegisterChange
from tracing.models import FollowUp, Remap, Wording, follow_up

PAUSE = timedelta(minutes=1)  # between two looks
OVERLAP = timedelta(hours=1)  # longer than a change takes to be committed
WHY = "Its number stands in the reference data"


def follow(at: datetime) -> int:
    """Have moved what messages name by numbers that reference data says since the last look; answer how many.

    A number that no message has named moves nothing, and one whose rows move since is not moved again.
    """
    with transaction.atomic():
        mine, _ = FollowUp.objects.select_for_update().get_or_create(name=follow_up.NUMBERED)
        if mine.mark and at < mine.mark + PAUSE:
            return 0
        since = mine.mark - OVERLAP if mine.mark else None
        begun = sum(_moves(kind, register, since, at) for kind, register in registers())
        mine.mark = at
        mine.save(update_fields=["mark"])
        return begun


def _moves(kind: str, register: str, since: datetime | None, at: datetime) -> int:
    found = RegisterChange.objects.filter(Q(at__gte=since) if since else Q(), sort=kind, field=register)
    changed = [(number, each) for each in found.order_by("at", "pk") for number in (each.old, each.new)]
    used = _used(kind, register) if changed else frozenset()
    begun = 0
    for number, change in changed:
        if number not in used:
            continue
        code, _ = LocalCode.objects.get_or_create(kind=kind, authority=register, code=number)
        if not Remap.objects.filter(code=code, made_at__gte=change.at).exists():
            Remap.objects.create(code=code, made_at=at, by=change.user, reason=WHY)
            begun += 1
    return begun


def _used(kind: str, register: str) -> frozenset[str]:
    """Return the numbers of a register that messages have named."""
    said = Wording.objects.filter(codes__contains=[kind, register]).values_list("codes", flat=True)
    parts = (batched for codes in said for batched in zip(*[iter(codes)] * 4, strict=True))
    return frozenset(code for _, of, by, code in parts if (of, by) == (kind, register))

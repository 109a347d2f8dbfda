"""Which second factors somebody has."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator


class Kind(StrEnum):
    """What can be proved, as it is kept and audited."""

    APP = "totp"
    KEY = "webauthn"
    RECOVERY = "recovery_codes"


PRIMARY = (Kind.APP, Kind.KEY)  # recovery codes stand in for one of these, and go with the last of them
WORDS = {Kind.APP: "Authenticator app", Kind.KEY: "Security key", Kind.RECOVERY: "Recovery codes"}


@dataclass(frozen=True, slots=True)
class Kept:
    """One factor as its person sees it; `left` counts the recovery codes that are not used yet."""

    id: int
    kind: Kind
    name: str
    added_at: datetime
    used_at: datetime | None
    left: int | None = None


def factors_of(user_id: int) -> list[Kept]:
    """Return somebody's factors: app, keys in the order they were added, recovery codes."""
    rows = Authenticator.objects.filter(user_id=user_id).order_by("created_at", "pk")
    return sorted(map(_kept, rows), key=lambda each: list(Kind).index(each.kind))


def has_factor(user_id: int) -> bool:
    """Say whether somebody proves more than a password at sign-in."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=PRIMARY).exists())


def _kept(row: Authenticator) -> Kept:
    kind = Kind(row.type)
    return Kept(
        id=row.pk,
        kind=kind,
        name=row.wrap().name if kind == Kind.KEY else WORDS[kind],
        added_at=row.created_at,
        used_at=row.last_used_at,
        left=_left(row.data["used_mask"]) if kind == Kind.RECOVERY else None,
    )


def _left(used_mask: int) -> int:
    return int(app_settings.RECOVERY_CODE_COUNT) - used_mask.bit_count()

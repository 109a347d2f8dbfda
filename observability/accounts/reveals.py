"""Show the identifiers of one transaction in clear: to whom, why, and for how long."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import Reveal, User
from observability.accounts.roles import Domain, Permission
from observability.accounts.scopes import Scope


class TooManyReveals(Exception):
    """This person has revealed as much in the last hour as is allowed; the next is possible at `next_at`."""

    def __init__(self, next_at: datetime) -> None:
        super().__init__()
        self.next_at = next_at


def reveal(
    *,
    scope: Scope,
    user: User,
    transaction_id: UUID,
    facility_id: int,
    domain: Domain,
    reason: str,
    at: datetime,
    tokens: Iterable[UUID] = (),
) -> Reveal:
    """Let `user` see the identifiers of one transaction, `tokens`, for a while; leaves an audit row.

    Raises PermissionDenied where the right is not held at the transaction's facility and domain,
    audit.ReasonTooShort and TooManyReveals.
    """
    if not scope.allows_at(Permission.REVEAL, facility_id, domain):
        raise PermissionDenied
    why = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(f"reveal:{user.pk}")
        still = active_reveal(user=user, transaction_id=transaction_id, at=at)
        if still is not None:  # asked twice, perhaps by two clicks: it shows what it showed
            return still
        _within_limit(user, at)
        audit.record(
            audit.Act.REVEALED,
            user=user,
            object_type="transaction",
            object_id=transaction_id,
            at=at,
            reason=why,
            mentions=tokens,
            facility_ids=[facility_id],
        )
        return Reveal.objects.create(
            user=user,
            transaction_id=transaction_id,
            reason=why,
            granted_at=at,
            expires_at=at + timedelta(seconds=settings.REVEAL_SECONDS),
        )


def _within_limit(user: User, at: datetime) -> None:
    hour = timedelta(hours=1)
    recent = Reveal.objects.filter(user=user, granted_at__gt=at - hour).order_by("-granted_at")
    latest = list(recent.values_list("granted_at", flat=True)[: settings.REVEALS_PER_HOUR])
    if len(latest) >= settings.REVEALS_PER_HOUR:
        raise TooManyReveals(latest[-1] + hour if latest else at + hour)


def active_reveal(*, user: User, transaction_id: UUID, at: datetime) -> Reveal | None:
    """Return the reveal by which `user` may see this transaction's identifiers at this moment, if any."""
    return (
        Reveal.objects.filter(user=user, transaction_id=transaction_id, granted_at__lte=at, expires_at__gt=at)
        .order_by("-expires_at")
        .first()
    )

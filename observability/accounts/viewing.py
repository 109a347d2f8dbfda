"""See the product as somebody else does, as far as one may see it oneself: read only, briefly, on record."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.models import User
from observability.accounts.queries.held import Cells, Holding, held_by
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope, scope_of

KEY = "viewing_as"  # in the session: whom, and until when
# What is somebody's own act, with their own name on it, is not seen as somebody else either.
NEVER = frozenset({Permission.REVEAL, Permission.BREAK_GLASS})


@dataclass(frozen=True, slots=True)
class Viewing:
    """Whom somebody sees as, until when.

    `decides` is where the viewer sees access, `theirs` what that person holds there, `shared` what both do.
    """

    person: User
    until: datetime
    decides: Scope
    theirs: Holding
    shared: Holding

    @property
    def name(self) -> str:
        """The person, in words."""
        return self.person.get_full_name() or self.person.get_username()


def begin(
    session: SessionBase, *, scope: Scope, by: User, person: User, reason: str, at: datetime
) -> datetime:
    """Begin to see as `person`; return until when. Raises PermissionDenied and audit.ReasonTooShort."""
    why = audit.reason_of(reason)
    if not scope.allows(Permission.MANAGE_ACCESS) or person.pk == by.pk:
        raise PermissionDenied
    until = at + timedelta(minutes=settings.VIEWING_MINUTES)
    with transaction.atomic():
        audit.record(
            audit.Act.VIEWING_BEGUN, user=by, object_type="user", object_id=person.pk, at=at, reason=why
        )
    session[KEY] = {"user": person.pk, "until": until.timestamp()}
    return until


def end(session: SessionBase, *, by: User, at: datetime) -> None:
    """See as oneself again; nothing happens to who does already."""
    kept = session.get(KEY)
    if kept is not None:
        with transaction.atomic():
            audit.record(audit.Act.VIEWING_ENDED, user=by, object_type="user", object_id=kept["user"], at=at)
        del session[KEY]


def views(request: HttpRequest, at: datetime) -> bool:
    """Say whether this request comes from somebody who sees as somebody else; what ran out is forgotten."""
    kept = request.session.get(KEY) if hasattr(request, "session") else None
    if kept is None:
        return False
    if at.timestamp() >= kept["until"]:
        del request.session[KEY]
        return False
    return True


def viewing(request: HttpRequest, *, at: datetime) -> Viewing | None:
    """Return as whom the person of a request sees; None for who sees as themselves. Asked once a request.

    It ends for whoever no longer decides on access.
    """
    if not isinstance(request.user, User) or not views(request, at):
        return None
    known: Viewing | None = getattr(request, "_viewing", None)
    if known is not None:
        return known
    kept = request.session[KEY]
    own = held_by(user_id=request.user.pk, at=at)
    person = User.objects.filter(pk=kept["user"]).first()
    if person is None or not own.cells.get(Permission.MANAGE_ACCESS):
        del request.session[KEY]
        return None
    decides = scope_of(own, Permission.SEE_ACCESS)
    theirs = seen_of(person, where=decides.facility_ids, at=at)
    until = datetime.fromtimestamp(kept["until"], UTC)
    made = Viewing(person, until, decides, theirs, together(own, theirs))
    request._viewing = made  # type: ignore[attr-defined]
    return made


def seen_of(person: User, *, where: Collection[int], at: datetime) -> Holding:
    """Return what a person holds at these facilities; nothing for somebody who was switched off."""
    held = held_by(user_id=person.pk, at=at)
    return only_at(held, where if person.is_active else ())


def only_at(held: Holding, where: Collection[int]) -> Holding:
    """Return a holding cut down to some facilities, for reading about it: no use of it is noted."""
    cells = {
        permission: {id: there for id, there in cells.items() if id in where}
        for permission, cells in held.cells.items()
    }
    return replace(
        held, cells={permission: there for permission, there in cells.items() if there}, unused={}, opened={}
    )


def together(own: Holding, theirs: Holding) -> Holding:
    """Return what both hold: never more than either, cell by cell and class by class."""
    both = (own.cells.keys() & theirs.cells.keys()) - NEVER
    cells = {each: _together(own.cells[each], theirs.cells[each]) for each in sorted(both)}
    return Holding(
        cells={permission: there for permission, there in cells.items() if there},
        protected={**theirs.protected, **own.protected},
        everywhere=own.everywhere & theirs.everywhere - NEVER,
        places={},
        unused={},
        opened=own.opened,
    )


def _together(one: Cells, other: Cells) -> Cells:
    cells = {
        id: {domain: one[id][domain] & other[id][domain] for domain in one[id].keys() & other[id].keys()}
        for id in one.keys() & other.keys()
    }
    return {id: there for id, there in cells.items() if there}

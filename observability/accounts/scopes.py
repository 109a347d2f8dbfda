"""What somebody may see: the argument that every read query takes."""

from collections.abc import Iterable
from dataclasses import dataclass

from observability.accounts.models import User
from observability.accounts.roles import PERMISSIONS, Permission, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """The facilities whose rows may be read, and what may be done with them.

    `everything` is for background work only: a test forbids it in views.
    """

    facility_ids: tuple[int, ...]
    permissions: frozenset[Permission] = frozenset()
    everything: bool = False

    @classmethod
    def system(cls) -> "Scope":
        """The scope of work that no person asked for: sees every facility."""
        return cls(facility_ids=(), permissions=frozenset(Permission), everything=True)

    def allows(self, permission: Permission) -> bool:
        """Say whether this scope holds `permission`."""
        return permission in self.permissions

    def sees(self, facility_id: int) -> bool:
        """Say whether rows of this facility may be read."""
        return self.everything or facility_id in self.facility_ids


def scope_for(user: User, *, facilities: Iterable[int]) -> Scope:
    """Return what `user` may see; `facilities` are all that exist, for grants that reach everywhere."""
    every = tuple(facilities)
    ids: set[int] = set()
    permissions: set[Permission] = set()
    if user.is_active:
        for grant in user.grants.all():
            ids.update(every if grant.facility_id is None else (grant.facility_id,))
            permissions |= PERMISSIONS[Role(grant.role)]
    return Scope(facility_ids=tuple(sorted(ids)), permissions=frozenset(permissions))

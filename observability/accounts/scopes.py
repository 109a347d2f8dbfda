"""What somebody may see: the argument that every read query takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from observability.accounts.models import User
from observability.accounts.queries.held import held_by
from observability.accounts.roles import Permission

NOTHING: Mapping[Permission, frozenset[int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scope:
    """The facilities whose rows may be read, and where each further permission is held.

    A permission counts only at the facilities of the grant that gives it: an engineer here and a
    supporter there reveals nothing here. `everything` is for background work only: a test forbids it
    in views.
    """

    facility_ids: tuple[int, ...]
    held: Mapping[Permission, frozenset[int]] = field(default_factory=lambda: NOTHING, hash=False)
    everything: bool = False

    @classmethod
    def system(cls) -> "Scope":
        """The scope of work that no person asked for: sees every facility."""
        return cls(facility_ids=(), everything=True)

    def allows(self, permission: Permission) -> bool:
        """Say whether `permission` is held anywhere."""
        return self.everything or bool(self.held.get(permission))

    def allows_at(self, permission: Permission, facility_id: int) -> bool:
        """Say whether `permission` is held at this facility."""
        return self.everything or facility_id in self.held.get(permission, ())

    def sees(self, facility_id: int) -> bool:
        """Say whether rows of this facility may be read."""
        return self.everything or facility_id in self.facility_ids

    def to(self, permission: Permission) -> "Scope":
        """Return the scope of another permission of the same person."""
        if self.everything:
            return self
        return replace(self, facility_ids=tuple(sorted(self.held.get(permission, ()))))

    def within(self, facility_id: int) -> "Scope":
        """Return this scope cut down to one facility; to none where that one is not in it."""
        if self.everything:
            return Scope(facility_ids=(facility_id,), held=self.held)
        return replace(self, facility_ids=(facility_id,) if facility_id in self.facility_ids else ())


def scope_for(user: User, permission: Permission) -> Scope:
    """Return what `user` may see by `permission`: one query; nothing for somebody who was switched off."""
    if not user.is_active:
        return Scope(facility_ids=())
    return Scope(facility_ids=(), held=MappingProxyType(held_by(user_id=user.pk))).to(permission)

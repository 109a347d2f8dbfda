"""What somebody may see: the argument that every read query takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from observability.accounts.models import User
from observability.accounts.queries.held import USED, Cells, Holding, everything_at, held_by
from observability.accounts.roles import Domain, Permission, PrivacyClass
from observability.core.sql import execute

NOTHING: Mapping[Permission, Cells] = MappingProxyType({})
NOWHERE: Mapping[Permission, frozenset[int]] = MappingProxyType({})
UNPROTECTED: Mapping[int, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scope:
    """The cells (facility and domain) whose rows may be read, and where each further permission is held.

    A permission counts only at the facilities and in the domains of the grant that gives it: an engineer
    here and a supporter there reveals nothing here, and clinical here with supply there is no supply here.
    `cells` says which privacy classes are held in each; None is every domain with the usual classes.
    `protected` names the sensitive departments of a facility, `places` the places of the hierarchy by which a
    permission is held. `everything` is for background work only: a
    test forbids it in views.
    """

    facility_ids: tuple[int, ...]
    held: Mapping[Permission, Cells] = field(default_factory=lambda: NOTHING, hash=False)
    everything: bool = False
    cells: Cells | None = field(default=None, hash=False)
    protected: Mapping[int, frozenset[str]] = field(default_factory=lambda: UNPROTECTED, hash=False)
    everywhere: frozenset[Permission] = frozenset()  # held at every facility, also later ones
    places: Mapping[Permission, frozenset[int]] = field(default_factory=lambda: NOWHERE, hash=False)

    @classmethod
    def system(cls) -> "Scope":
        """The scope of work that no person asked for: sees every facility."""
        return cls(facility_ids=(), everything=True)

    @property
    def reach(self) -> Cells:
        """The classes held by facility and domain."""
        return everything_at(self.facility_ids) if self.cells is None else self.cells

    def allows(self, permission: Permission) -> bool:
        """Say whether `permission` is held anywhere."""
        return self.everything or bool(self.held.get(permission))

    def allows_at(self, permission: Permission, facility_id: int, domain: Domain | None = None) -> bool:
        """Say whether `permission` is held at this facility, in this domain; None is any of them."""
        there = self.held.get(permission, {}).get(facility_id, {})
        return self.everything or (bool(there) if domain is None else domain in there)

    def sees(self, facility_id: int, domain: Domain | None = None) -> bool:
        """Say whether rows of this facility and domain may be read; None is any domain."""
        if self.everything:
            return True
        if facility_id not in self.facility_ids:
            return False
        return domain is None or domain in self.reach[facility_id]

    def holds(self, privacy_class: PrivacyClass, facility_id: int, domain: Domain) -> bool:
        """Say whether fields of this class may be shown, even masked."""
        return self.everything or privacy_class in self.reach.get(facility_id, {}).get(domain, ())

    def protects(self, facility_id: int, domain: Domain, department: str | None) -> bool:
        """Say whether rows of this department are hidden: it is sensitive, and the class is not held."""
        if department is None or department not in self.protected.get(facility_id, ()):
            return False
        return not self.holds(PrivacyClass.SENSITIVE, facility_id, domain)

    def to(self, permission: Permission) -> "Scope":
        """Return the scope of another permission of the same person."""
        if self.everything:
            return self
        cells = self.held.get(permission, {})
        return replace(self, facility_ids=tuple(sorted(cells)), cells=cells)

    def among(self, facility_ids: Iterable[int]) -> "Scope":
        """Return the scope without all but these facilities; one outside of it adds nothing."""
        wanted = sorted(set(facility_ids))
        if self.everything:
            return Scope(facility_ids=tuple(wanted), held=self.held)
        return replace(self, facility_ids=tuple(id for id in wanted if id in self.facility_ids))

    def within(self, facility_id: int) -> "Scope":
        """Return this scope cut down to one facility; to none where that one is not in it."""
        if self.everything:
            return Scope(facility_ids=(facility_id,), held=self.held)
        return replace(self, facility_ids=(facility_id,) if facility_id in self.facility_ids else ())


def scope_for(user: User, permission: Permission, at: datetime) -> Scope:
    """Return what `user` may see by `permission`: one query; nothing for somebody who was switched off."""
    if not user.is_active:
        return Scope(facility_ids=())
    return scope_of(held_by(user_id=user.pk, at=at), permission)


def scope_of(holding: Holding, permission: Permission) -> Scope:
    """Return the scope of one permission of what somebody holds."""
    held = MappingProxyType(holding.cells)
    whole = Scope(
        facility_ids=(),
        held=held,
        protected=holding.protected,
        everywhere=holding.everywhere,
        places=holding.places,
    )
    return whole.to(permission)


def note_use(holding: Holding, permission: Permission, at: datetime) -> None:
    """Remember the day on which the grants that give a permission were last used; a write a day."""
    unused = holding.unused.get(permission)
    if unused:
        execute(USED, {"ids": sorted(unused), "today": at.date()})

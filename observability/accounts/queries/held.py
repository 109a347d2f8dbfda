"""Which permission does somebody hold at which facilities?"""

from dataclasses import dataclass

from observability.accounts.roles import PERMISSIONS, Permission, Role
from observability.core.sql import fetch_all

# One statement, with the facilities that exist now: a grant without a facility reaches later ones too.
GRANTS = """
    SELECT g.role, f.id AS facility_id
      FROM "grant" g
      JOIN facility f ON g.facility_id IS NULL OR g.facility_id = f.id
     WHERE g.user_id = %(user_id)s
"""


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """One role at one facility."""

    role: str
    facility_id: int


def held_by(*, user_id: int) -> dict[Permission, frozenset[int]]:
    """Return the facilities at which each permission is held; a permission held nowhere is absent."""
    held: dict[Permission, set[int]] = {}
    for granted in fetch_all(GrantedRole, GRANTS, {"user_id": user_id}):
        for permission in PERMISSIONS[Role(granted.role)]:
            held.setdefault(permission, set()).add(granted.facility_id)
    return {permission: frozenset(ids) for permission, ids in held.items()}

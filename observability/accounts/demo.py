"""The people of a demonstration: one of each role, seeing different facilities."""

from dataclasses import dataclass

from observability.accounts.roles import Role

# Printed and shown on the sign-in page of a demonstration; refused anywhere else.
PASSWORD = "one line to the ledger"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demonstration; `places` picks from the facilities in order of code, None is all.

    `region` is the code of one that they hold their grant for, where the demonstration has it. What they see
    by name is known once there are facilities: `queries.shown.places_shown`.
    """

    username: str
    role: Role
    name: str
    places: tuple[int, ...] | None
    region: str = ""


PEOPLE = (
    DemoPerson("eva", Role.EXECUTIVE, "Eva Lindqvist", None),
    DemoPerson("rosa", Role.EXECUTIVE, "Rosa Whitfield", (0,), region="LAKES"),
    DemoPerson("sam", Role.SUPPORT, "Sam Okafor", (0,)),
    DemoPerson("sol", Role.SUPPORT, "Sol Marín", (1,)),
    DemoPerson("ines", Role.ENGINEER, "Inês Duarte", (0, 1)),
    DemoPerson("ada", Role.ADMINISTRATOR, "Ada Brandt", None),
    DemoPerson("aki", Role.AUDITOR, "Aki Tanaka", (0, 1)),
)

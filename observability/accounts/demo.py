"""The people of a demonstration: one of each role, seeing different facilities."""

from dataclasses import dataclass

from observability.accounts.roles import Role

# Printed and shown on the sign-in page of a demonstration; refused anywhere else.
PASSWORD = "one line to the ledger"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demonstration; `places` picks from the facilities in order of code, None is all."""

    username: str
    role: Role
    name: str
    places: tuple[int, ...] | None
    facilities: str


PEOPLE = (
    DemoPerson("eva", Role.EXECUTIVE, "Eva Lindqvist", None, "every facility"),
    DemoPerson("sam", Role.SUPPORT, "Sam Okafor", (0,), "the first facility"),
    DemoPerson("sol", Role.SUPPORT, "Sol Marín", (1,), "the second facility"),
    DemoPerson("ines", Role.ENGINEER, "Inês Duarte", (0, 1), "the first two facilities"),
    DemoPerson("ada", Role.ADMINISTRATOR, "Ada Brandt", None, "every facility"),
    DemoPerson("aki", Role.AUDITOR, "Aki Tanaka", (0, 1), "the first two facilities"),
)

"""Rules of groups as a file: `group,role,where,domain,classes`, one line for each thing that a group gives.

`where` is the code of a facility, `region:CODE`, `network:CODE` or `everywhere`; an empty domain is every
domain; classes are further privacy classes, `sensitive workforce`, beside those that every grant holds.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from observability.accounts.granting import Terms
from observability.accounts.groups import Rule
from observability.accounts.queries.named import facility_names, place_names
from observability.accounts.roles import USUAL_CLASSES, Domain, PrivacyClass, Role

COLUMNS = ("group", "role", "where", "domain", "classes")
EVERYWHERE = "everywhere"
MOST_GROUP = 200  # letters


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is no rule, and which column is wrong."""

    line: int
    column: str


@dataclass(frozen=True, slots=True)
class Where:
    """The facilities and places of today by their codes, and back."""

    facilities: Mapping[str, int]
    places: Mapping[str, int]

    @classmethod
    def on(cls, today: date) -> "Where":
        """Return those of a day."""
        return cls(facility_names(), place_names(today=today))

    def code(self, terms: Terms) -> str:
        """Return where a grant holds, as a line of a file names it; what is gone has no code, only words."""
        if terms.place_id is not None:
            places = {id: code for code, id in self.places.items()}
            return places.get(terms.place_id, "a place that has ended")
        if terms.facility_id is not None:
            names = {id: code for code, id in self.facilities.items()}
            return names.get(terms.facility_id, "a facility that is gone")
        return EVERYWHERE

    def words(self, terms: Terms) -> str:
        """Return what a grant gives, as a line of a plan says it."""
        where = self.code(terms)
        more = sorted(frozenset(terms.classes) - USUAL_CLASSES)
        said = [f"{terms.role} at {where}" if where != EVERYWHERE else f"{terms.role} everywhere"]
        said += [str(terms.domain)] if terms.domain else []
        said += [f"with {each}" for each in more]
        return ", ".join(said)


def read(text: str, where: Where) -> tuple[list[Rule], list[Refusal]]:
    """Return the rules of a file, and what is wrong with it; a line that stands twice counts once."""
    lines = csv.DictReader(io.StringIO(text))
    found: list[Rule] = []
    refused: list[Refusal] = []
    try:
        if tuple(lines.fieldnames or ()) != COLUMNS:
            return [], [Refusal(1, "columns")]
        for row in lines:
            rule = _rule({name: (row[name] or "").strip() for name in COLUMNS}, where)
            if isinstance(rule, str):
                refused.append(Refusal(lines.line_num, rule))
            elif rule not in found:
                found.append(rule)
    except csv.Error:  # a field without end, or a line that ends in its middle
        refused.append(Refusal(lines.line_num + 1, "columns"))
    return found, refused


def write(rules: Sequence[Rule], where: Where) -> str:
    """Return rules as the text of a file that `read` reads."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for rule in rules:
        terms = rule.terms
        named = " ".join(sorted(frozenset(terms.classes) - USUAL_CLASSES))
        lines.writerow([rule.group, terms.role, where.code(terms), terms.domain or "", named])
    return text.getvalue()


def _rule(said: Mapping[str, str], where: Where) -> Rule | str:
    """Return the rule of a line, or the column that is wrong."""
    facility_id, place_id = where.facilities.get(said["where"]), where.places.get(said["where"])
    named = said["classes"].split()
    checks: Sequence[tuple[str, bool]] = (
        ("group", 0 < len(said["group"]) <= MOST_GROUP),
        ("role", said["role"] in set(Role)),
        ("where", said["where"] == EVERYWHERE or (facility_id is None) != (place_id is None)),
        ("domain", not said["domain"] or said["domain"] in set(Domain)),
        ("classes", set(named) <= set(PrivacyClass)),
    )
    wrong = next((column for column, good in checks if not good), None)
    if wrong is not None:
        return wrong
    terms = Terms(
        role=Role(said["role"]),
        facility_id=facility_id,
        place_id=place_id,
        domain=Domain(said["domain"]) if said["domain"] else None,
        classes=USUAL_CLASSES | frozenset(map(PrivacyClass, named)),
    )
    return Rule(said["group"], terms)

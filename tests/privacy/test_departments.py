"""A department's name stays where it reads like one or is declared; any other is a pseudonym until it is."""

from datetime import UTC, datetime

import pytest

from integrations.catalogue.code_kinds import DEPARTMENT
from integrations.ingest import crosswalks
from integrations.ingest.departments import WORDS, reads_as_department
from integrations.ingest.records import Event
from integrations.ingest.scrub_words import NAMES
from integrations.models import Place, PlaceKind
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import add_place
from tests.build import build_facility
from tests.ingest.otlp_requests import event
from tests.ingest.posting import Poster, poster, stored

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ODD = "Zenith Pavilion"  # nobody's name, but who could tell


@pytest.mark.parametrize(
    "name",
    [
        "Emergency", "4 West", "Same Day Surgery", "Women's Health", "Labor & Delivery", "X-Ray", "Cath Lab",
        "ICU", "SV-CARD", "PC-01", "RAD12", "4410-100", "icu 3",
    ],
)  # fmt: skip
def test_what_reads_like_a_department_or_a_code_stays(name: str) -> None:
    assert reads_as_department(name)


@pytest.mark.parametrize(
    "name",
    [
        "Zyxwold Quorra", "Quorra", "QUORRA", "Quorra, Z", "CHEN WANG", "LEE", "Surgery Quorra", "~quorra",
        "Müller", "zyxwold.quorra", "~", "陳",
    ],
)  # fmt: skip
def test_what_could_be_a_person_does_not(name: str) -> None:
    assert not reads_as_department(name)


def test_no_word_for_departments_is_a_frequent_name() -> None:
    assert not WORDS & NAMES


def sent(post: Poster, department: str) -> Event:
    """Post one event and return its record, with the crosswalk read anew."""
    crosswalks.forget()
    post.events([event(n=len(stored(Event)), data={"charge_no": "C-1", "department": department})])
    return stored(Event)[-1]


@pytest.mark.django_db
def test_a_name_is_the_same_pseudonym_each_time_and_readable_once_it_is_declared() -> None:
    post = poster()
    first, again = sent(post, ODD).department, sent(post, ODD).department
    assert first is not None
    assert first == again
    assert first.startswith("~")
    assert "Zenith" not in first

    home = Place.objects.get(facility=build_facility("NORTH"))
    add_place(PlaceKind.DEPARTMENT, ODD, ODD, parent=home, by=None, at=NOW)

    assert sent(post, ODD).department == ODD
    assert sent(post, first).department == ODD  # what was kept before is told by its name, too


@pytest.mark.django_db
@pytest.mark.parametrize("by_its_name", [True, False])
def test_a_pseudonym_is_mapped_like_a_code_by_its_name_or_as_the_worklist_shows_it(by_its_name: bool) -> None:
    post = poster()
    veiled = sent(post, ODD).department or ""
    home = Place.objects.get(facility=build_facility("NORTH"))
    surgery = add_place(PlaceKind.DEPARTMENT, "Surgery", "Surgery", parent=home, by=None, at=NOW)

    named = Named(DEPARTMENT, "NORTH", ODD if by_its_name else veiled)
    mean(named, Target(department_id=surgery.pk), reason="as of a test", by=None, at=NOW)

    assert sent(post, ODD).department == "Surgery"

"""The declared kinds are whole, and the public identifiers in them are checked to the last digit."""

import pytest

from integrations.catalogue.identifiers import is_gtin, is_npi
from integrations.catalogue.reference_kinds import kinds


@pytest.mark.parametrize("name", kinds())
def test_every_field_says_what_it_means_and_who_knows_it(name: str) -> None:
    kind = kinds()[name]
    assert kind.means
    assert [spec.name for spec in kind.fields if not (spec.help and spec.source)] == []
    known = list(kinds())
    assert not kind.parent or known.index(kind.parent) <= known.index(name)


def test_an_npi_ends_in_its_check_digit() -> None:
    assert is_npi("1234567893")  # the example of the standard
    assert not is_npi("1234567890")
    assert not is_npi("1234567839")  # two digits swapped
    assert not is_npi("١٢٣٤٥٦٧٨٩٣")
    assert not is_npi("123456789")


def test_a_gtin_ends_in_its_check_digit() -> None:
    assert is_gtin("10614141000415")
    assert not is_gtin("10614141000451")
    assert not is_gtin("614141000415")

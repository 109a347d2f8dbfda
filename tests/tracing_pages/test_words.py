"""Codes, days and amounts of facts as people read them."""

import pytest

from tracing import words


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("R:5", "Rejected: one or more segments in error"),
        ("A7:562:85", "Rejected; information wrong: entity's NPI (billing provider)"),
        ("CO-197", "No prior authorization or notice"),
        ("charge_code_unknown", "Charge code unknown"),
    ],
)
def test_a_reason_tells_by_its_shape_whose_codes_it_is_written_in(reason: str, said: str) -> None:
    assert words.reason(reason, words.level_told_by(reason)) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("service_from", "2026-11-09", ("Service from", "9 Nov 2026")),
        ("service_from", "2026-13-41", ("Service from", "2026-13-41")),
        ("amount", "5256.50", ("Amount it names", "$5,256.50")),
        ("amount", "much", ("Amount it names", "much")),
        ("drg", "871", ("DRG", "871")),
        ("frequency", "7", ("Frequency", "replacement (7)")),
        ("level", "277CA", None),
    ],
)
def test_an_attribute_reads_as_a_person_writes_it(
    name: str, value: str, said: tuple[str, str] | None
) -> None:
    assert words.attribute(name, value, "USD") == said

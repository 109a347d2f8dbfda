"""A page begins where we said it may."""

import pytest

from observability.core import cursors

ROW = ("2026-03-02T12:00:00+00:00", "018f0000-0000-7000-8000-000000000000")


def test_it_comes_back_as_it_was() -> None:
    assert cursors.decode("transactions", cursors.encode("transactions", ROW), size=2) == ROW


@pytest.mark.parametrize(
    ("purpose", "text", "size"),
    [
        ("transactions", cursors.encode("exceptions", ROW), 2),
        ("transactions", cursors.encode("transactions", ROW), 3),
        ("transactions", cursors.encode("transactions", ROW)[:-1], 2),
        ("transactions", "x" + cursors.encode("transactions", ROW), 2),
        ("transactions", "x" * 10_000, 2),
        ("transactions", "", 2),
    ],
)
def test_another_lists_a_changed_or_an_endless_one_is_refused(purpose: str, text: str, size: int) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.decode(purpose, text, size=size)

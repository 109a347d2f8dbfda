"""Money, counts, lengths of time and moments read the same on every page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.core import display

AT = datetime(2026, 11, 24, 15, 41, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "exact", "short"),
    [
        (Decimal("1308040"), "$1,308,040.00", "$1.31\u00a0M"),
        (Decimal("999999"), "$999,999.00", "$1.00\u00a0M"),
        (Decimal("412080.5"), "$412,080.50", "$412\u00a0k"),
        (Decimal("22140"), "$22,140.00", "$22.1\u00a0k"),
        (Decimal("4210"), "$4,210.00", "$4,210.00"),
        (Decimal("-1250000000"), "−$1,250,000,000.00", "−$1.25\u00a0B"),
        (Decimal("0.005"), "$0.01", "$0.01"),
        (0, "$0.00", "$0.00"),
        (None, "—", "—"),
    ],
)
def test_money_is_exact_or_in_three_figures(amount: Decimal | None, exact: str, short: str) -> None:
    assert display.money_exact(amount, "USD") == exact
    assert display.money_short(amount, "USD") == short


@given(st.decimals(min_value=10_000, max_value=10**13, places=2))
def test_abbreviated_money_is_within_half_a_percent_of_the_amount(amount: Decimal) -> None:
    digits, _, letter = display.money_short(amount, "USD").lstrip("$").partition("\u00a0")
    shown = Decimal(digits.replace(",", "")) * {"k": 10**3, "M": 10**6, "B": 10**9}[letter]

    assert abs(shown - amount) <= amount * Decimal("0.005")


def test_another_currency_is_named() -> None:
    assert display.money_exact(Decimal(5), "CHF") == "CHF\u00a05.00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0121, "12 ms"),
        (2.34, "2.3 s"),
        (59, "59 s"),
        (3600, "1 h"),
        (24_120, "6 h 42 m"),
        (86_400, "1 day"),
        (187_200, "2 days 4 h"),
        (691_200 + 3600, "8 days"),
        (-60, "−1 m"),
        (None, "—"),
    ],
)
def test_a_length_of_time_names_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert display.duration(seconds).replace("\u00a0", " ") == words


def test_an_age_says_its_direction() -> None:
    assert display.age(AT - timedelta(minutes=3), AT) == "3\u00a0m ago"
    assert display.age(AT + timedelta(hours=8), AT) == "in 8\u00a0h"
    assert display.age(AT, AT) == "now"
    assert display.age(None, AT) == "never"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (AT, "today 09:41"),
        (AT - timedelta(hours=12), "yesterday 21:41"),
        (AT + timedelta(days=1), "tomorrow 09:41"),
        (AT - timedelta(days=12), "12 Nov 09:41"),
        (AT - timedelta(days=400), "20 Oct 2025 10:41"),
    ],
)
def test_a_moment_is_written_in_the_facilitys_zone(moment: datetime, words: str) -> None:
    assert display.local(moment, "America/Chicago", "auto", AT) == words


def test_zero_is_a_number_and_unknown_is_not() -> None:
    assert display.number(0) == "0"
    assert display.number(None) == "—"
    assert display.percent(Decimal(0)) == "0.0"
    assert display.percent(None) == "—"
    assert display.number(2317) == "2,317"


def test_a_mask_shows_nothing_but_the_last_characters() -> None:
    assert display.mask("7714") == "…7714"
    assert display.mask(None) == "…"

"""Components and pages, as they are written."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from observability.core.status import STATUSES
from tests.look import samples, tracing_samples

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
COMPONENTS = sorted((TEMPLATES / "ui").glob("_*.html"))
PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "board": ("kpis/board.html", samples.board),
    "kpi": ("kpis/kpi.html", samples.kpi),
    "transactions": ("tracing/transactions.html", tracing_samples.transactions),
    "transaction": ("tracing/transaction.html", tracing_samples.transaction),
    "connectors": ("integrations/connectors.html", tracing_samples.connectors),
    "connector": ("integrations/connector.html", tracing_samples.connector),
}


def text(html: str) -> str:
    """Return what is left of markup for somebody who reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_names_its_arguments_on_its_first_line(component: Path) -> None:
    first = component.read_text().splitlines()[0]
    assert re.fullmatch(rf"\{{# {component.stem.lstrip('_')}: .+ #\}}", first)


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_a_component_is_included_with_its_own_arguments_only(template: Path) -> None:
    includes = re.findall(r"\{% include [^%]*%\}", template.read_text())
    assert [tag for tag in includes if not tag.endswith("only %}")] == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_markup_runs_or_styles_itself(template: Path) -> None:
    html = template.read_text()
    assert re.search(r"\son[a-z]+=|\sstyle=|javascript:|https?://(?!www\.w3\.org)", html) is None
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole(page: str) -> None:
    template, sample = PAGES[page]
    html = render_to_string(template, sample())

    assert html.count("<h1") == 1
    assert 'id="main"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert [name for name in ids if ids.count(name) > 1] == []
    named = set(re.findall(r'aria-labelledby="([^"]+)"|popovertarget="([^"]+)"', html))
    assert {name for pair in named for name in pair if name} <= set(ids)
    assert "None" not in text(re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)).replace(
        "None yet", ""
    )


@pytest.mark.parametrize(
    ("template", "fragment", "sample"),
    [
        ("kpis/board.html", "board", samples.board),
        ("kpis/kpi.html", "kpi", samples.kpi),
        ("tracing/transactions.html", "results", tracing_samples.transactions),
        ("tracing/transaction.html", "transaction", tracing_samples.transaction),
        ("integrations/connectors.html", "connectors", tracing_samples.connectors),
        ("integrations/connector.html", "connector", tracing_samples.connector),
    ],
)
def test_a_fragment_is_the_same_markup_as_in_its_page(
    template: str, fragment: str, sample: Callable[[], dict[str, Any]]
) -> None:
    context = sample()
    part = render_to_string(f"{template}#{fragment}", context).strip()

    assert part.startswith(f'<div id="{fragment}"')
    assert part in render_to_string(template, context)


@pytest.mark.parametrize("key", STATUSES)
def test_a_status_is_a_word_and_a_shape_before_it_is_a_colour(key: str) -> None:
    chip = render_to_string("ui/_chip.html", {"state": key})
    sheet = render_to_string("ui/_shapes.html")

    assert text(chip) == STATUSES[key].word
    assert f'<symbol id="s-{STATUSES[key].shape}"' in sheet


def test_two_statuses_with_one_shape_have_one_tone() -> None:
    tones: dict[str, set[str]] = {}
    for shown in STATUSES.values():
        tones.setdefault(shown.shape, set()).add(shown.tone)
    assert {shape: tone for shape, tone in tones.items() if len(tone) > 1} == {"triangle": {"risk", "bad"}}


def test_a_status_nobody_declared_is_still_read() -> None:
    assert text(render_to_string("ui/_chip.html", {"state": "sent_by_mail"})) == "Sent by mail"
    assert text(render_to_string("ui/_chip.html", {"state": None})) == "Unknown"


def test_abbreviated_money_shows_the_exact_figure_on_hover() -> None:
    html = render_to_string("ui/_money.html", {"amount": Decimal("1308040"), "basis": "gross charges"})

    assert 'title="$1,308,040.00 gross charges"' in html
    assert text(html) == "$1.31\u00a0M".replace("\u00a0", " ")


def test_money_that_nobody_knows_is_not_zero() -> None:
    assert "0" not in text(render_to_string("ui/_money.html", {"amount": None}))
    assert text(render_to_string("ui/_money.html", {"amount": Decimal(0)})) == "$0.00"


def test_a_tile_whose_value_is_unknown_says_so_aloud() -> None:
    html = render_to_string("ui/_tile.html", {"tile": samples.tiles()[3], "as_of": samples.AT, "zone": "UTC"})

    assert "unknown" in text(html)
    assert "Incomplete" in text(html)
    assert "polyline" not in html


def test_what_was_seen_after_the_figures_were_taken_was_seen_just_now() -> None:
    facility = {**samples.facilities()[0], "last_seen": samples.AT + timedelta(seconds=28)}
    html = render_to_string("kpis/_facilities.html", {"facilities": [facility], "at": samples.AT})

    assert "just now" in text(html)
    assert "in 28" not in text(html)


def test_a_local_time_has_utc_on_hover() -> None:
    html = render_to_string("ui/_as_of.html", {"at": samples.AT, "zone": samples.ZONE})

    assert 'title="2026-11-24 15:41:20 UTC"' in html
    assert "09:41:20 CST" in html


def test_what_comes_from_outside_is_text_and_not_markup() -> None:
    evil = "<script>alert(1)</script>"
    span = {**tracing_samples.trace()["spans"][0], "name": evil, "error": evil}
    context = tracing_samples.transaction(
        title=evil, traces=[{**tracing_samples.trace(), "spans": [span]}], headline=[{"text": evil}]
    )
    html = render_to_string("tracing/transaction.html", context)

    assert evil not in html
    assert "&lt;script&gt;" in html


def test_a_figure_that_carries_markup_cannot_leave_its_script() -> None:
    figure = {"data": [{"y": ["</script><script>alert(1)"]}], "layout": {}}
    html = render_to_string("ui/_chart.html", {"id": "c", "title": "t", "figure": figure})

    assert html.count("</script>") == 1


def test_a_masked_key_does_not_carry_its_clear_form() -> None:
    masked = {"kind": "Claim number", "issuer": "NPI …0417", "last": "7714", "clear": None}

    assert "7714" in render_to_string("ui/_key.html", {"key": masked})
    assert "ends in" in render_to_string("ui/_key.html", {"key": masked})
    assert "CLM-7714" in render_to_string("ui/_key.html", {"key": {**masked, "clear": "CLM-7714"}})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"rows": 0, "asked": False, "active": []}, "Paste any identifier"),
        ({"rows": 0, "q": "CLM-1", "active": []}, "Nothing found for what you pasted"),
        ({"rows": 0}, "Nothing matches these filters"),
    ],
)
def test_empty_answers_differ_by_what_was_asked(more: dict[str, Any], words: str) -> None:
    assert words in render_to_string("tracing/transactions.html", tracing_samples.transactions(**more))


def test_what_lies_outside_the_window_is_said_and_can_be_reached() -> None:
    html = render_to_string("tracing/transactions.html", tracing_samples.transactions(rows=0))

    assert "More than 1,000 are outside this window" in text(html)
    assert 'href="?seen=all"' in html


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "503", "csrf"])
def test_an_error_page_needs_nothing_and_names_its_request(name: str) -> None:
    assert "<h1>" in render_to_string(f"errors/{name}.html")
    assert "01JD8Q277" in render_to_string(f"errors/{name}.html", {"request_id": "01JD8Q277"})


def test_plotly_comes_from_its_package_and_nothing_else_does() -> None:
    found = finders.find("plotly/plotly.min.js")

    assert found is not None
    assert Path(found).stat().st_size > 1_000_000
    assert finders.find("plotly/other.js") is None
    assert finders.find("plotly/../datasets", find_all=True) == []

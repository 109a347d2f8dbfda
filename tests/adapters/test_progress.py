"""The progress bar: on a terminal only, and never in the way of a message."""

import io
from pathlib import Path

from integrations.adapters.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_how_far_the_file_is() -> None:
    screen = Terminal()
    progress = Progress(screen)
    progress.show(Path("x/claims.837"), 50, 200)
    assert screen.getvalue().endswith("[#######.......................]  25% claims.837")


def test_a_message_takes_the_place_of_the_bar() -> None:
    progress = Progress(Terminal())
    progress.show(Path("a"), 1, 2)
    assert progress.over("told") == "\r\x1b[Ktold"
    assert progress.over("told") == "told"


def test_a_log_file_sees_nothing() -> None:
    screen = io.StringIO()
    progress = Progress(screen)
    progress.show(Path("a"), 1, 2)
    progress.clear()
    assert screen.getvalue() == ""
    assert progress.over("told") == "told"

"""What tests of privacy look through."""

import io
import logging
from collections.abc import Iterator

import pytest

from observability.logs import JsonFormatter
from tests.correlation.conftest import facility

__all__ = ["facility"]


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """Everything that is logged, through the formatter of the product, at the most talkative level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)

"""T25: whatever fails, wherever it fails, the answer is 503 with Retry-After and never 500."""

import socket

import pytest
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from google.protobuf.message import DecodeError
from pytest_django import Settings

from integrations.ingest import failpoints
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import PROTOBUF, Poster

pytestmark = pytest.mark.django_db

STAGES = ("auth", "limit", "pressure", "read", "inflate", "decode", "apply", "store", "answer")
FAULTS = (
    OperationalError, InterfaceError, InternalError, DataError, IntegrityError, MemoryError, RecursionError,
    KeyError, ValueError, TimeoutError, socket.gaierror, DecodeError, AssertionError,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stage", STAGES)
def test_t25_a_fault_is_503(post: Poster, settings: Settings, stage: str, fault: type[Exception]) -> None:
    settings.FAILPOINTS = True
    failpoints.plant(stage, fault)

    for response in (post.otlp("traces", traces({}), PROTOBUF), post.events([event()])):
        assert response.status_code == 503
        assert 1 <= int(response["Retry-After"]) <= 30

    failpoints.clear()
    assert post.otlp("traces", traces({}), PROTOBUF).status_code == 200


def test_t25_failpoints_exist_in_tests_only(settings: Settings) -> None:
    settings.FAILPOINTS = False
    with pytest.raises(RuntimeError):
        failpoints.plant("auth", RuntimeError)

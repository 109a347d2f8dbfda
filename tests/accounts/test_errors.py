"""What somebody sees when a request fails: a page with the request's id, and nothing of what was handled."""

import logging

import pytest
from django.test import Client

from observability.logs import JsonFormatter
from tests.accounts.failing_urls import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.failing_urls")]


@pytest.fixture
def client() -> Client:
    """A browser that gets the answer instead of the exception."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/away/", 503), ("/broken/", 500), ("/denied/", 403), ("/strange/", 400), ("/nowhere/", 404)],
)
def test_a_page_tells_the_id_that_finds_it_in_the_log(client: Client, path: str, status: int) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"] in response.content.decode()
    assert SECRET not in response.content.decode()


def test_what_may_pass_says_when_to_come_back(client: Client) -> None:
    assert client.get("/away/")["Retry-After"] == "5"


def test_a_machine_gets_503_for_a_fault_for_it_gives_up_at_500(client: Client) -> None:
    response = client.post("/v1/broken", b"x", content_type="application/json")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response.json()["code"] == "unavailable"


def test_a_machine_gets_404_as_a_problem_document(client: Client) -> None:
    response = client.get("/api/v1/nothing")

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_the_log_tells_of_the_fault_without_its_message(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        client.get("/broken/")

    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any('"error": "ValueError"' in line and "failing_urls.py" in line for line in lines)
    assert not any(SECRET in line for line in lines)

"""The guard of views, and the middleware behind it that trusts nobody to have used it."""

import pytest
from django.test import Client

from observability.accounts.roles import Role
from tests.accounts import guarded_urls
from tests.build import build_facility, build_user, grant, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.guarded_urls")]


def test_the_scope_of_a_page_is_where_its_own_permission_is_held(client: Client) -> None:
    user = build_user(role=Role.AUDITOR, at=("NORTH",))
    grant(user, Role.SUPPORT, at=("SOUTH",))

    response = sign_in(client, user).get("/audit/")

    assert response.content.decode() == str(build_facility("NORTH").pk)


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.SUPPORT, Role.ENGINEER, Role.ADMINISTRATOR, None])
def test_without_the_permission_the_page_is_not_there(client: Client, role: Role | None) -> None:
    build_facility()
    response = sign_in(client, build_user(role=role)).get("/audit/")

    assert response.status_code == 404


def test_a_view_without_a_guard_is_not_served(client: Client) -> None:
    sign_in(client, build_user(role=Role.ADMINISTRATOR, at=("NORTH",)))

    response = client.get("/forgotten/")

    assert response.status_code == 404
    assert b"everything" not in response.content


def test_somebody_switched_off_is_refused_with_the_next_request(client: Client) -> None:
    user = build_user(role=Role.AUDITOR)
    sign_in(client, user)
    user.is_active = False
    user.save()

    assert client.get("/audit/").status_code == 302


@pytest.mark.parametrize(
    ("address", "said", "status"),
    [
        (f"/audit/{2**63 - 1}/word/", {"reason": "A line\nand another"}, 200),
        (f"/audit/{2**63}/word/", {}, 404),
        ("/audit/1/wo%00rd/", {}, 404),
        ("/audit/1/word/", {"reason": "No te\0xt"}, 400),
    ],
)
def test_what_no_database_can_be_asked_for_or_keep_reaches_no_page(
    client: Client, address: str, said: dict[str, str], status: int
) -> None:
    sign_in(client, build_user(role=Role.AUDITOR))

    assert client.post(address, said).status_code == status


def test_a_page_that_no_browser_shows_is_none_to_come_back_to(client: Client) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://[somewhere/"}

    assert client.get("/audit/", headers=asked)["HX-Redirect"] == "/sign-in/?next=%2F"


def test_the_guard_says_what_it_requires() -> None:
    assert getattr(guarded_urls.guarded, "permission", None) == "see_audit"


def test_no_answer_is_kept_or_framed_and_scripts_need_the_nonce(client: Client) -> None:
    sign_in(client, build_user(role=Role.AUDITOR))

    response = client.get("/audit/")
    policy = response["Content-Security-Policy"]

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert "camera=()" in response["Permissions-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in scripts


def test_each_answer_has_an_id_of_our_own(client: Client) -> None:
    first = client.get("/audit/", headers={"X-Request-ID": "MRN0012345"})["X-Request-ID"]
    second = client.get("/audit/")["X-Request-ID"]

    assert first != second
    assert "MRN" not in first

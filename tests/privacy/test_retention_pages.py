"""The page and the command of retention, and what is left of a purged transaction for whom."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from integrations.catalogue import retention
from integrations.catalogue.retention import BadPolicy, policies
from integrations.models import Facility, LegalHold
from integrations.retention.forecast import size_in
from integrations.retention.look import look
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from tests.build import build_user, grant, sign_in
from tests.build.retention import build_hold, purged
from tests.correlation.speech import DAY0, Said, at, received
from tests.privacy.test_t47a_retention import YEARS_LATER, claim_id, keep, said
from tracing.storage.apply import apply

PAGE = "/catalogue/retention/"


def signed_in(name: str, role: Role, *, at: tuple[str, ...] | None = ("STM",)) -> Client:
    user = build_user(name)
    grant(user, role, at=at)
    return sign_in(Client(), user)


@pytest.mark.django_db
def test_an_address_of_a_purged_transaction_says_what_is_left_to_those_in_scope(facility: Facility) -> None:
    keep(*said("C1", 0, keys=("account:1",)))
    address = f"/transactions/{claim_id('C1')}/"
    support = signed_in("sam", Role.SUPPORT)
    assert "Its time was up" not in support.get(address).content.decode()
    (run,) = purged(YEARS_LATER, "transactions")

    page = support.get(address)
    assert page.status_code == 200
    assert "Its time was up: this was purged on" in page.content.decode()
    assert f"audit row {run.audit_seq}" in page.content.decode()
    assert support.post(f"{address}reveal/", {"reason": "A call from the payer"}).status_code == 404
    assert signed_in("else", Role.SUPPORT, at=("NORTH",)).get(address).status_code == 404
    signed_in("eva", Role.EXECUTIVE).get(address)
    looked = AuditRow.objects.get(act="transaction_viewed", user__username="eva")
    assert (looked.object_id, looked.facility_ids) == (str(claim_id("C1")), [facility.pk])
    found = support.post("/transactions/search/", {"q": str(claim_id("C1"))}, follow=True).content.decode()
    assert "No transaction" in found


@pytest.mark.django_db
def test_the_page_shows_what_is_due_what_is_held_and_the_forecast(facility: Facility) -> None:
    keep(*said("C1", 0), *said("C2", 0), *said("C3", 600))
    build_hold(DAY0, transaction_ids=(claim_id("C2"),), facility_id=facility.pk, name="Smith v. Hospital")
    aki = signed_in("aki", Role.AUDITOR, at=None)
    assert "nothing was counted yet" in aki.get(PAGE).content.decode()

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seen = look(at=YEARS_LATER)

    transactions = seen.classes["transactions"]
    assert (transactions["due_rows"], list(transactions["held"].values())) == (1, [1])
    assert 0 < transactions["due_bytes"] < transactions["size"]
    page = aki.get(PAGE).content.decode()
    assert "1 legal hold stands; 1 row is due." in page
    assert "Smith v. Hospital" in page
    assert "1 due row of: Transactions" in page
    elsewhere = signed_in("nora", Role.AUDITOR, at=("NORTH",)).get(PAGE).content.decode()
    assert "Smith v. Hospital" not in elsewhere
    # Nothing came in the week before the first look, of which nobody knows anything; later it is a pace.
    assert (transactions["per_day"], transactions["ahead"]) == (None, None)
    assert look(at=YEARS_LATER + timedelta(days=8)).classes["transactions"]["per_day"] == 0


@pytest.mark.django_db
def test_a_hold_is_placed_and_lifted_by_two_on_the_page(facility: Facility) -> None:
    one, two = (signed_in(name, Role.ADMINISTRATOR) for name in ("one", "two"))
    form = {
        "name": "Matter 12",
        "reason": "A suit was filed today",
        "facility": facility.pk,
        "since": "2026-01-01",
    }

    short = one.post(f"{PAGE}holds/", form | {"reason": "short"})
    assert (short.status_code, "Write at least" in short.content.decode()) == (422, True)
    endless = one.post(f"{PAGE}holds/", form | {"until": "9999-12-31"})
    assert "There is no day after this one" in endless.content.decode()
    everywhere = one.post(f"{PAGE}holds/", form | {"facility": ""})
    assert (everywhere.status_code, LegalHold.objects.count()) == (422, 0)
    assert one.post(f"{PAGE}holds/", form).status_code == 302
    hold = LegalHold.objects.get()
    assert hold.since is not None
    assert one.post(f"{PAGE}holds/{hold.pk}/lift/").status_code == 422  # nobody has asked
    assert one.post(f"{PAGE}holds/{hold.pk}/ask/", {"reason": "It was settled"}).status_code == 302
    assert one.post(f"{PAGE}holds/{hold.pk}/lift/").status_code == 422  # their own request
    assert two.post(f"{PAGE}holds/{hold.pk}/lift/").status_code == 302

    page = two.get(PAGE).content.decode()
    assert "asked by one, agreed by two" in page
    acts = AuditRow.objects.filter(object_type="hold").order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["hold_placed", "hold_lift_asked", "hold_lifted"]


@pytest.mark.django_db
def test_the_command_says_the_same_and_purges(facility: Facility) -> None:
    apply([received(Said("s", "C1", "submitted", -24 * 3_000))], at=at(0))
    purged(DAY0, "transactions")  # it expires

    def run(*words: str) -> str:
        answer = io.StringIO()
        call_command("retention", *words, stdout=answer)
        return answer.getvalue()

    assert json.loads(run("plan", "--json"))["classes"]["transactions"]["due_rows"] == 0  # not counted yet
    assert "transactions: " in run("forecast")
    assert run("holds").strip() == "No legal hold."
    assert "nothing was due" in run("run", "--class", "transactions")


@pytest.mark.parametrize(
    ("days", "size"),
    [(0, 4_000), (30, 4_000), (365, 4_000), (400, 4_000)],
)
def test_at_a_steady_pace_a_class_stays_as_large_as_it_is(days: int, size: int) -> None:
    assert size_in(days, size=4_000, per_day=10, age_days=400, kept_days=400) == size


def test_a_young_class_grows_until_what_came_first_goes() -> None:
    def ahead(days: int) -> int:
        return size_in(days, size=100, per_day=10, age_days=10, kept_days=90)

    assert [ahead(days) for days in (30, 80, 85, 90, 365)] == [400, 900, 900, 900, 900]


def test_days_come_from_a_file_within_the_bounds(settings: Settings, tmp_path: object) -> None:
    file = f"{tmp_path}/days.yaml"

    def said_days(name: str, days: int) -> int:
        with open(file, "w") as out:
            out.write(f"classes: {{{name}: {days}}}")
        retention.overrides.cache_clear()
        settings.RETENTION_FILE = file
        retention.version()
        return policies()[name].days

    before = retention.version()
    assert said_days("transactions", 800) == 800
    assert retention.version() != before
    for name, days, why in [
        ("audit", 2_000, "at least 2192"),
        ("spans", 30, "SPAN_RETENTION_DAYS"),
        ("logs", 10, "no class"),
    ]:
        with pytest.raises(BadPolicy, match=why):
            said_days(name, days)
    retention.overrides.cache_clear()

"""Crosswalks: what a code means on which days, what was believed before, and what the edge makes of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from integrations.catalogue.code_kinds import FACILITY, PAYER
from integrations.ingest import crosswalks
from integrations.ingest.records import Event
from integrations.models import BEGINNING, CodeMeaning, FacilityAlias, LocalCode, ReferenceEntity
from integrations.reference.crosswalk import NOT_OURS, Named, Target, WrongTarget, mean
from observability.accounts import audit
from observability.accounts.models import AuditRow
from tests.build import build_facility, build_meaning
from tests.ingest.otlp_requests import event
from tests.ingest.posting import poster, stored

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MARCH = date(2026, 3, 1)
NPI = Named(FACILITY, "npi", "9000000601")


def say(named: Named, target: Target | None, *, since: date = BEGINNING, at: datetime = NOW) -> bool:
    return bool(mean(named, target, since=since, reason="as of a test", by=None, at=at))


def payer(code: str) -> Target:
    return Target(entity_id=ReferenceEntity.objects.get_or_create(kind="payer", code=code)[0].pk)


def place(code: str) -> Target:
    return Target(facility_id=build_facility(code).pk)


def post(**data: object) -> Event:
    """Post one charge of the second of March and return its record."""
    crosswalks.forget()
    both = poster(f"feed-{len(stored(Event))}", facilities=("NORTH", "SOUTH"))
    said = {"charge_no": "C-1", "account_no": "A-1", "department": "PC-01", "payer": "P-17", **data}
    both.events([event("account.ready.v1", data=said)])
    return stored(Event)[-1]


def test_a_changed_meaning_holds_from_its_day_and_the_one_before_stays_on_record() -> None:
    say(NPI, place("NORTH"))
    say(NPI, place("SOUTH"), since=MARCH, at=LATER)

    now = CodeMeaning.objects.filter(superseded_at=None).order_by("valid_from")
    assert list(now.values_list("facility__code", "valid_from", "valid_to")) == [
        ("NORTH", BEGINNING, date(2026, 2, 28)),
        ("SOUTH", MARCH, None),
    ]
    then = CodeMeaning.objects.get(superseded_at=LATER)
    assert (then.facility_id, then.valid_to, then.made_at) == (build_facility("NORTH").pk, None, NOW)
    row = AuditRow.objects.order_by("seq").last()
    assert row is not None
    assert row.changes is not None
    assert row.changes["after"][1] == {"means": "SOUTH", "from": "2026-03-01", "to": ""}


def test_what_is_said_again_changes_nothing_and_what_is_ended_means_nothing() -> None:
    assert say(NPI, place("NORTH"))
    assert not say(NPI, place("NORTH"))
    assert say(NPI, None, since=MARCH)

    assert CodeMeaning.objects.get(superseded_at=None).valid_to == date(2026, 2, 28)


def test_a_meaning_needs_a_reason_and_a_target_of_its_kind() -> None:
    with pytest.raises(WrongTarget):
        say(NPI, payer("MEDICARE"))
    with pytest.raises(audit.ReasonTooShort):
        mean(NPI, NOT_OURS, reason="no", by=None, at=NOW)
    assert not LocalCode.objects.exists()


def test_the_database_holds_a_code_to_one_meaning_a_day() -> None:
    say(NPI, place("NORTH"))
    code = LocalCode.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        CodeMeaning.objects.create(code=code, facility=build_facility("SOUTH"), made_at=NOW, reason="twice")


def test_the_moment_of_the_message_decides_which_meaning_holds() -> None:
    build_meaning("1999999984", "NORTH")
    build_meaning("1999999984", "SOUTH", since=date(2026, 3, 3))
    ids = [{"authority": "NPI", "code": "1999999984"}]

    assert post(facility_ids=ids).facility_id == build_facility("NORTH").pk
    crosswalks.forget()
    build_meaning("1999999984", "SOUTH", since=date(2026, 3, 2))
    assert post(facility_ids=ids).facility_id == build_facility("SOUTH").pk


def test_an_unmapped_code_goes_to_the_fallback_and_its_words_are_kept_without_the_tax_number() -> None:
    ids = [{"authority": "npi", "code": "1999999984"}, {"authority": "tin", "code": "123456789"}]

    record = post(facility_ids=ids)

    assert (record.facility_id, record.flags) == (build_facility("NORTH").pk, ("facility_fallback",))
    assert record.origin is not None
    assert record.origin.names[0] == ("npi", "1999999984")
    assert "123456789" not in str(record.origin)

    say(Named(FACILITY, "TIN", "123456789"), place("SOUTH"))
    assert not LocalCode.objects.filter(code__contains="123456789").exists()
    assert post(facility_ids=ids).facility_id == build_facility("SOUTH").pk


def test_a_code_that_is_not_ours_falls_back_without_a_flag() -> None:
    say(NPI, NOT_OURS)

    assert post(facility_ids=[{"authority": "npi", "code": NPI.code}]).flags == ()


def test_codes_of_department_and_payer_become_ours_and_the_facilitys_own_stay_with_the_event() -> None:
    say(Named(PAYER, "*", "P-17"), payer("MEDICARE"))
    say(Named(PAYER, "SOUTH", "P-17"), payer("MEDICAID"))

    north, south = post(), post(facility="SOUTH")

    assert [each.payer for each in (north, south)] == ["MEDICARE", "MEDICAID"]
    assert north.department == "PC-01"
    assert north.origin is not None
    assert (north.origin.payer, north.origin.department) == ("P-17", "PC-01")


def test_an_undated_code_of_an_earlier_release_holds_until_the_crosswalk_says_otherwise() -> None:
    FacilityAlias.objects.create(authority="npi", code=NPI.code, facility=build_facility("SOUTH"))
    ids = [{"authority": "npi", "code": NPI.code}]

    assert post(facility_ids=ids).facility_id == build_facility("SOUTH").pk
    say(NPI, place("NORTH"))
    assert post(facility_ids=ids).facility_id == build_facility("NORTH").pk

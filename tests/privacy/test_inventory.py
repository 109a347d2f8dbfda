"""The data inventory: whatever may be kept is in it, and whatever is kept is explained by it."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test import Client
from pytest_django import Settings

from integrations.catalogue import contracts, inventory
from integrations.catalogue.key_kinds import kinds
from integrations.catalogue.retention import policies
from observability.accounts.models import AuditRow
from observability.accounts.roles import PrivacyClass, Role
from observability.core import clock
from tests.build import build_user, sign_in
from tests.build.claims import submitted
from tests.ingest.posting import poster
from tracing.storage.drain import drain
from tracing.storage.sweep import tally

BIG = {
    "inbox", "inbox_parked", "event", "orphan", "orphan_token", "fact", "fact_line", "transaction", "step",
    "deadline", "transaction_key", "transaction_trace", "identifier", "key_alias", "key_alias_undone", "span",
    "gauge", "transaction_summary", "wording",
}  # fmt: skip
PAGE = "/catalogue/inventory/"


def _fresh() -> None:
    contracts.contracts.cache_clear()
    inventory.entries.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A customer's folder of contracts with a copy of one of ours under another name."""
    declared = yaml.safe_load((contracts.PACKAGE / "coding.completed.yaml").read_text())
    declared["name"] = "coding.audited"
    (tmp_path / "coding.audited.yaml").write_text(yaml.safe_dump(declared))
    settings.CONTRACTS_DIR = str(tmp_path)
    _fresh()
    yield tmp_path
    _fresh()


def add_field(folder: Path, name: str, **spec: object) -> None:
    """Add a field to the customer's contract and load it."""
    file = folder / "coding.audited.yaml"
    declared = yaml.safe_load(file.read_text())
    declared["schema"]["properties"][name] = {"type": "string", "maxLength": 20, **spec}
    declared["attributes"] = [*declared.get("attributes", []), name]
    file.write_text(yaml.safe_dump(declared))
    _fresh()


def auditor() -> Client:
    return sign_in(Client(), build_user("aki", role=Role.AUDITOR))


@pytest.mark.django_db
def test_a_field_that_is_added_to_a_contract_appears(folder: Path) -> None:
    client = auditor()
    assert "auditor_team" not in client.get(PAGE).content.decode()
    add_field(folder, "auditor_team", purpose="Says which team checked the coding")

    page = client.get(PAGE).content.decode()
    assert "auditor_team" in page
    assert "Says which team checked the coding" in page
    (entry,) = (each for each in inventory.entries() if each.field == "auditor_team")
    assert (entry.types, entry.kept, entry.columns) == (
        ("coding.audited.v1",),
        (inventory.Kept.CLEAR,),
        ("fact.attributes",),
    )


def test_a_field_without_a_purpose_stops_the_process(folder: Path) -> None:
    add_field(folder, "auditor_team")
    with pytest.raises(contracts.BadContract, match="auditor_team: say its purpose"):
        contracts.contracts()


@pytest.mark.django_db
def test_every_column_of_the_large_tables_is_explained() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = ANY(%s)",
            [sorted(BIG)],
        )
        stored = {name for (name,) in cursor.fetchall()}
    sent = {column for entry in inventory.entries() for column in entry.columns}
    ours = {f"{table}.{column}" for table, columns in inventory.own_columns().items() for column in columns}

    assert sorted(stored - sent - ours) == []
    assert sorted((sent | ours) - stored) == []


def test_what_names_a_person_is_of_the_class_of_its_identifier() -> None:
    for contract in contracts.contracts().values():
        for rule in contract.keys:
            if rule.value.alone and rule.kind.privacy_class != PrivacyClass.BUSINESS:
                told = contract.told[rule.value.fields[0]]
                assert told.privacy_class == rule.kind.privacy_class, (contract.type, rule.kind.name)
    assert all(kind.purpose for kind in kinds().values())


def test_a_setting_of_the_installation_overrides_the_days(settings: Settings) -> None:
    settings.SPAN_RETENTION_DAYS = 30
    assert policies()["spans"].days == 30
    assert policies()["transactions"].days == 400
    assert {entry.policy for entry in inventory.entries()} <= policies().keys()


@pytest.mark.django_db
def test_it_says_who_sent_what_and_what_was_dropped_of_it() -> None:
    sender = poster("clearinghouse")
    told = submitted("CLM-1", clock.now() - timedelta(hours=1), favourite_colour="blue")
    told["data"]["Jane Doe 123-45-6789"] = "x"
    sender.events([told])
    drain(seconds=10)
    client = auditor()
    before = client.get(f"{PAGE}?q=claim_type").content.decode()
    tally()
    after = client.get(f"{PAGE}?q=claim_type").content.decode()

    for page in (before, after):  # counted once, added up yet or not
        assert 'clearinghouse <span class="unknown">1</span>' in page
        assert "favourite_colour" in page
        assert "6789" not in page
        assert "Jane" not in page
        assert "1 of " in page


@pytest.mark.django_db
def test_the_export_is_narrowed_like_the_page_and_on_record() -> None:
    client = auditor()
    answer = client.get(f"{PAGE}export/?class=identifier&origin=identifier")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))

    assert {row["class"] for row in rows} == {"identifier"}
    account = next(row for row in rows if row["field"] == "key.account")
    assert (account["kept"], account["days"]) == ("token and sealed form", "400")
    assert account["in_clear_to"] == "support"
    assert AuditRow.objects.get(act="inventory_exported").user is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"), [(Role.ENGINEER, 200), (Role.SUPPORT, 404), (Role.EXECUTIVE, 404)]
)
def test_who_may_open_it(role: Role, status: int) -> None:
    client = sign_in(Client(), build_user("someone", role=role))
    assert client.get(PAGE).status_code == status
    assert client.get(f"{PAGE}export/").status_code == status

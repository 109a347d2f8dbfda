"""The adapter says what the contracts declare, and the code tables hold together."""

import re
from pathlib import Path
from string import Formatter
from typing import Any

import jsonschema_rs
import pytest
import yaml

from integrations.adapters.x12 import claim_status, set_acks
from integrations.adapters.x12.findings import ERRORS, WARNINGS
from tests.adapters.files import FIXTURES, read_path

CATALOGUE = Path(claim_status.__file__).parents[2] / "catalogue"
NAMES = ("claim.submitted", "claim.acked", "remit.received", "remit.totalled", "payment.posted")
CODES = yaml.safe_load((CATALOGUE / "data" / "carc.yaml").read_text())
COMMON = {"facility", "facility_ids", "issuer", "sequence", "flags", "date_only", "local_time"}
EVENTS = [event for file in sorted(FIXTURES.glob("*.x12")) for event in read_path(file).events]


def contract(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CATALOGUE / "contracts" / f"{name}.yaml").read_text())
    return loaded


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.type}-{event.segment}")
def test_every_event_fits_its_contract_and_says_nothing_more(event: Any) -> None:
    schema = contract(event.type.removesuffix(".v1"))["schema"]
    errors = jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(event.data)
    assert [error.message for error in errors] == []
    assert set(event.data) <= set(schema["properties"]) | COMMON


@pytest.mark.parametrize("name", NAMES)
def test_everything_a_contract_names_is_a_field(name: str) -> None:
    declared = contract(name)
    fields = set(declared["schema"]["properties"]) | COMMON
    templates = [key[part] for key in declared["keys"] for part in ("value", "issuer") if part in key]
    named = {field for text in templates for _, field, _, _ in Formatter().parse(text) if field}
    facts = {field for name, field in declared["fact"].items() if name != "basis"}
    assert (named | facts | set(declared["attributes"])) - fields == set()


def test_no_claim_with_half_its_fields_passes() -> None:
    (claim, *_) = [event for event in EVENTS if event.type == "claim.submitted.v1"]
    validator = jsonschema_rs.validator_for(contract("claim.submitted")["schema"])
    for field in ("claim_no", "payer_sequence", "issuer", "frequency", "amount"):
        assert not validator.is_valid({name: value for name, value in claim.data.items() if name != field})
    assert not validator.is_valid(claim.data | {"amount": "1O.00"})


def test_each_adjustment_code_has_one_known_category_and_a_label() -> None:
    assert all(category in CODES["categories"] for category, _ in CODES["carc"].values())
    assert all(len(label) <= 70 for _, label in CODES["carc"].values())
    assert len(CODES["carc"]) == 196


@pytest.mark.parametrize(
    ("code", "category", "denial"),
    [
        ("45", "contractual", False),
        ("1", "patient_responsibility", False),
        ("23", "cob_payment", False),
        ("133", "pend", False),
        ("197", "authorization", True),
        ("204", "non_covered", True),
        ("29", "timely_filing", True),
        ("50", "medical_necessity", True),
        ("18", "duplicate", True),
        ("16", "missing_info", True),
        ("97", "bundling", True),
        ("193", "appeal_upheld", False),
    ],
)
def test_the_usual_codes_are_where_a_biller_expects_them(code: str, category: str, denial: bool) -> None:
    assert CODES["carc"][code][0] == category
    assert CODES["categories"][category]["denial"] is denial


def test_the_adapter_counts_statuses_as_the_table_says() -> None:
    assert {
        code: outcome for code, (outcome, _) in CODES["status_categories"].items()
    } == claim_status.OUTCOMES
    assert {code: outcome for code, (outcome, _) in CODES["set_status"].items()} == set_acks.OUTCOMES


def test_finding_codes_are_stable_names_and_errors_are_no_warnings() -> None:
    assert all(re.fullmatch(r"[a-z0-9_]+", code) for code in (*ERRORS, *WARNINGS))
    assert not set(ERRORS) & set(WARNINGS)


def test_every_finding_code_is_documented_as_it_is() -> None:
    page = (CATALOGUE.parents[1] / "docs" / "errors.md").read_text()
    rows = {f"| `{code}` | {words} |" for code, words in (ERRORS | WARNINGS).items()}
    assert rows <= set(page.splitlines())

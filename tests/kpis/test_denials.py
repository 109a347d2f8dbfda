"""What makes a remittance a denial: the rule, case by case, and what holds for every remittance."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import catalogue
from integrations.ingest.records import Event, Line
from tracing.rules.denials import (
    ADJUDICATIONS,
    CHARGE_FROM_BALANCE,
    UNEXPLAINED_DENIAL,
    UNKNOWN_REASON,
    Derived,
    Outcome,
    Table,
    classify,
    derive,
)

DECLARED = yaml.safe_load((Path(catalogue.__file__).parent / "data" / "carc.yaml").read_text())
TABLE = Table.read(DECLARED)


def lines(said: str) -> tuple[Line, ...]:
    """Adjustments written `CO-45 100; 2:PR-1 20`: service line (none: the claim), group, code, amount."""
    found = []
    for item in filter(None, (part.strip() for part in said.split(";"))):
        where, amount = item.rsplit(" ", 1)
        line, _, reason = where.rpartition(":")
        group, code = reason.split("-")
        found.append(Line(line, group, code, "adjustment", amount, None))
    return tuple(found)


def remit(
    said: str, *, billed: str | None = "1000", paid: str = "0", status: str = "1", patient: str | None = None
) -> Derived:
    return classify(
        claim_status=status,
        billed=None if billed is None else Decimal(billed),
        paid=Decimal(paid),
        patient_responsibility=None if patient is None else Decimal(patient),
        lines=lines(said),
        table=TABLE,
    )


@pytest.mark.parametrize(
    ("case", "said", "rest", "outcome", "denied"),
    [
        ("paid in full", "", {"paid": "1000"}, Outcome.PAID, "0"),
        ("paid by contract", "CO-45 400", {"paid": "600"}, Outcome.PAID, "0"),
        ("no authorization", "CO-197 1000", {}, Outcome.DENIED, "1000"),
        ("denied next to the contract's share", "CO-45 400; CO-197 600", {}, Outcome.DENIED, "600"),
        ("denied to the patient", "PR-204 1000", {"patient": "1000"}, Outcome.DENIED, "1000"),
        ("group PI", "PI-29 1000", {}, Outcome.DENIED, "1000"),
        ("letter code", "CO-B7 1000", {}, Outcome.DENIED, "1000"),
        ("code with leading zero", "CO-018 1000", {}, Outcome.DENIED, "1000"),
        ("deductible", "PR-1 1000", {"patient": "1000"}, Outcome.ZERO_PAY, "0"),
        ("deductible, coinsurance, copay", "PR-1 500; PR-2 400; PR-3 100", {}, Outcome.ZERO_PAY, "0"),
        ("capitation", "CO-24 1000", {}, Outcome.ZERO_PAY, "0"),
        ("sequestration and contract", "CO-45 980; CO-253 20", {}, Outcome.ZERO_PAY, "0"),
        ("the other payer paid it all", "OA-23 1000", {"status": "2"}, Outcome.ZERO_PAY, "0"),
        ("upheld on appeal is no new denial", "CO-193 1000", {}, Outcome.ZERO_PAY, "0"),
        ("pended", "OA-133 1000", {}, Outcome.PENDED, "0"),
        ("reporting only", "CO-45 1000; CO-246 0", {}, Outcome.ZERO_PAY, "0"),
        # The denial is 50, though it is all that the payer could have paid.
        ("deductible and a bundled line", "1:PR-1 950; 2:CO-97 50", {"patient": "950"}, Outcome.DENIED, "50"),
        ("part of it awaits", "OA-133 400; CO-197 600", {}, Outcome.PARTLY_DENIED, "600"),
        ("one line of two", "2:CO-97 300", {"paid": "700"}, Outcome.PARTLY_DENIED, "300"),
        ("denied beyond what was billed", "CO-197 1200", {}, Outcome.DENIED, "1200"),
        ("claim and service level count once each", "CO-16 400; 1:CO-16 600", {}, Outcome.DENIED, "1000"),
        ("taken back by a negative line", "1:CO-97 300; 1:CO-97 -300", {"paid": "1000"}, Outcome.PAID, "0"),
        ("a negative line lowers it", "1:CO-97 1200; 2:CO-97 -200", {}, Outcome.DENIED, "1000"),
        ("denied sums to less than nothing", "CO-97 -5", {"billed": "0", "paid": "5"}, Outcome.PAID, "-5"),
        ("status 4 with a denial reason", "CO-197 1000", {"status": "4"}, Outcome.DENIED, "1000"),
        ("status 4 with part of a denial", "CO-197 10", {"status": "4"}, Outcome.PARTLY_DENIED, "10"),
        ("status 4 without any reason", "", {"status": "4"}, Outcome.ZERO_PAY, "0"),
        ("status 4, all contractual", "CO-45 1000", {"status": "4"}, Outcome.ZERO_PAY, "0"),
        ("status 19 forwards a paid claim", "CO-45 400", {"status": "19", "paid": "600"}, Outcome.PAID, "0"),
        ("take-back", "CO-45 -400", {"status": "22", "billed": "-1000", "paid": "-600"}, "reversed", "0"),
        ("take-back of a denial", "CO-197 -1000", {"status": "22", "billed": "-1000"}, "reversed", "-1000"),
        ("not this payer's claim", "CO-197 1000", {"status": "23"}, Outcome.FORWARDED, "1000"),
        ("predetermination", "CO-197 1000", {"status": "25"}, Outcome.PREDETERMINATION, "1000"),
        ("no charge and nothing off", "", {"billed": "0"}, Outcome.ZERO_PAY, "0"),
        ("stated share without its reason", "CO-97 50", {"patient": "950"}, Outcome.DENIED, "50"),
        (
            "denied to the patient, rest awaits",
            "PR-204 600",
            {"patient": "600"},
            Outcome.PARTLY_DENIED,
            "600",
        ),
    ],
)
def test_outcome_and_denied_amount(
    case: str, said: str, rest: dict[str, str], outcome: str, denied: str
) -> None:
    got = remit(said, **rest)
    assert (got.outcome, got.denied) == (outcome, Decimal(denied)), case


def test_amounts_by_category_and_the_table_they_come_from() -> None:
    got = remit("1:CO-97 50.10; 2:CO-97 0.20; 2:CO-197 9.7; CO-45 3; PR-1 2", paid="935")
    assert got.by_category == {"bundling": Decimal("50.30"), "authorization": Decimal("9.7")}
    assert got.categories == (
        "bundling",
        "bundling",
        "authorization",
        "contractual",
        "patient_responsibility",
    )
    assert got.table_version == DECLARED["version"]


def test_an_unknown_reason_is_no_denial_until_somebody_says_what_it_means() -> None:
    got = remit("CO-999 1000")
    assert (got.outcome, got.by_category, got.flags) == (Outcome.ZERO_PAY, {}, (UNKNOWN_REASON,))


def test_a_table_may_count_unknown_reasons_as_denied() -> None:
    strict = {**DECLARED["categories"], "unknown": {"denial": True}}
    got = classify(
        claim_status="1",
        billed=Decimal(1000),
        paid=Decimal(0),
        patient_responsibility=None,
        lines=lines("CO-999 1000"),
        table=Table.read({**DECLARED, "categories": strict}),
    )
    assert (got.outcome, got.by_category) == (Outcome.DENIED, {"unknown": Decimal(1000)})


@pytest.mark.parametrize("said", ["", "CO-45 1000", "PR-1 1000"])
def test_status_4_without_a_denial_reason_is_flagged_and_no_denial(said: str) -> None:
    got = remit(said, status="4")
    assert got.flags == (UNEXPLAINED_DENIAL,)
    assert got.outcome != Outcome.DENIED


def test_without_a_charge_the_remittance_balances_itself() -> None:
    got = remit("CO-45 400; CO-197 600", billed=None)
    assert (got.outcome, got.flags) == (Outcome.DENIED, (CHARGE_FROM_BALANCE,))


def test_service_amounts_are_no_adjustments() -> None:
    service = (Line("1", None, "99213", "gross", "1000", "1"), Line("1", None, "99213", "paid", "0", "1"))
    got = classify(
        claim_status="1",
        billed=Decimal(1000),
        paid=Decimal(0),
        patient_responsibility=None,
        lines=(*service, *lines("1:CO-97 1000")),
        table=TABLE,
    )
    assert (got.outcome, got.categories) == (Outcome.DENIED, (None, None, "bundling"))


def event(*, status: str = "1", billed: str = "1000", paid: str = "0", said: str = "CO-197 1000") -> Event:
    """A remittance; unless told otherwise it denies 1,000 for want of an authorization."""
    return Event(
        event_id=b"e" * 16,
        type="remit.received.v1",
        content_hash=b"h",
        occurred_at=0,
        ended_at=0,
        observed_at=None,
        sequence=400,
        facility_id=1,
        department=None,
        payer="p",
        interface=None,
        system=None,
        outcome=None,
        basis="paid",
        amount=paid,
        quantity=None,
        reason=None,
        attributes={"claim_status": status, "billed": billed},
        flags=(),
        trace_id=None,
        span_id=None,
        keys=(),
        bindings=(),
        lines=lines(said),
        part_opens=(),
        part_refers=(),
    )


def test_an_event_is_decided_by_its_attributes_amount_and_lines() -> None:
    assert derive(event(), TABLE).outcome == Outcome.DENIED
    assert derive(event(paid="600", said="CO-45 400"), TABLE).outcome == Outcome.PAID
    assert derive(event(status="22", billed="-1000", paid="-600"), TABLE).outcome == Outcome.REVERSED


def test_a_take_back_a_pend_and_a_predetermination_are_no_first_adjudication() -> None:
    assert {o.value for o in set(Outcome) - ADJUDICATIONS} == {
        "pended",
        "reversed",
        "predetermination",
        "forwarded",
    }


amounts = st.decimals("-999.99", "9999.99", places=2)
adjustments = st.lists(
    st.builds(
        lambda line, group, code, amount: Line(line, group, code, "adjustment", str(amount), None),
        st.sampled_from(["", "1", "2"]),
        st.sampled_from(["CO", "PR", "OA", "PI"]),
        st.sampled_from(["1", "3", "16", "23", "29", "45", "97", "133", "193", "197", "204", "B7", "999"]),
        amounts,
    ),
    max_size=8,
)
remits = st.fixed_dictionaries(
    {
        "claim_status": st.sampled_from(["1", "2", "4", "19", "22", "23", "25"]),
        "billed": st.none() | st.decimals("0", "9999.99", places=2),
        "paid": st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(500)]),
        "patient_responsibility": st.none() | st.decimals("0", "999.99", places=2),
    }
)


@given(remits, adjustments, st.data())
@settings(max_examples=500, deadline=None)
def test_the_order_of_lines_is_irrelevant(
    rest: dict[str, object], said: list[Line], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(said))
    a = classify(lines=said, table=TABLE, **rest)  # type: ignore[arg-type]
    b = classify(lines=other, table=TABLE, **rest)  # type: ignore[arg-type]
    assert sorted(map(str, a.categories)) == sorted(map(str, b.categories))
    assert replace(a, categories=()) == replace(b, categories=())


@given(remits, adjustments)
@settings(max_examples=500, deadline=None)
def test_every_cent_of_a_denial_reason_is_counted_exactly_once(
    rest: dict[str, object], said: list[Line]
) -> None:
    got = classify(lines=said, table=TABLE, **rest)  # type: ignore[arg-type]
    cents = sum(int(Decimal(x.amount or 0) * 100) for x in said if TABLE.category(x.code) in TABLE.denial)
    assert got.denied * 100 == cents
    assert sum(got.by_category.values()) == got.denied


@given(remits, adjustments, st.decimals("0", "9999.99", places=2), st.sampled_from(["CO", "PR", "OA"]))
@settings(max_examples=500, deadline=None)
def test_a_contractual_line_never_undoes_a_denial(
    rest: dict[str, object], said: list[Line], amount: Decimal, group: str
) -> None:
    before = classify(lines=said, table=TABLE, **rest)  # type: ignore[arg-type]
    more = [*said, Line("", group, "45", "adjustment", str(amount), None)]
    after = classify(lines=more, table=TABLE, **rest)  # type: ignore[arg-type]
    assert after.denied == before.denied
    if before.outcome == Outcome.DENIED:
        assert after.outcome == Outcome.DENIED
    assert (after.outcome in {"denied", "partly_denied"}) == (before.outcome in {"denied", "partly_denied"})


@given(remits, adjustments)
@settings(max_examples=500, deadline=None)
def test_the_status_code_alone_never_denies(rest: dict[str, object], said: list[Line]) -> None:
    processed = classify(lines=said, table=TABLE, **{**rest, "claim_status": "1"})  # type: ignore[arg-type]
    four = classify(lines=said, table=TABLE, **{**rest, "claim_status": "4"})  # type: ignore[arg-type]
    assert four.outcome == processed.outcome


def test_the_table_says_of_the_codes_that_matter_what_the_definition_says() -> None:
    denials = {"16", "18", "22", "27", "29", "50", "97", "96", "197", "204", "252", "B7"}
    others = {"1", "2", "3", "23", "24", "45", "59", "131", "133", "193", "246", "253", "257", "277"}
    assert {code for code in denials | others if TABLE.category(code) in TABLE.denial} == denials


def test_without_a_charge_the_patient_share_comes_from_the_same_lines() -> None:
    """What the payer states may hold lines that the balance does not: the two must not be mixed."""
    said = [Line("", "CO", "16", "adjustment", "10", None), Line("", "CO", "23", "adjustment", "40", None)]
    told = {"claim_status": "1", "billed": None, "paid": Decimal(0), "patient_responsibility": Decimal(50)}
    before = classify(lines=said, table=TABLE, **told)  # type: ignore[arg-type]
    more = [*said, Line("", "PR", "45", "adjustment", "20", None)]
    after = classify(lines=more, table=TABLE, **told)  # type: ignore[arg-type]

    assert before.outcome == after.outcome == Outcome.PARTLY_DENIED

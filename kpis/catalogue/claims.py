"""Measures of claims: denials and acceptance."""

from decimal import Decimal

from kpis.catalogue.kpi import Bands, Direction, Kind, Kpi, Part, Unit

DENIALS = Bands(Direction.DOWN, Decimal("0.05"), Decimal("0.10"), "benchmark")
ACCEPTANCE = Bands(Direction.UP, Decimal("0.97"), Decimal("0.93"), "benchmark of the clean claim rate")

COHORT = "Day of first submission, in the zone of the facility"
ADJUDICATED = ("denied", "partly_denied", "paid", "zero_pay")
ADJUDICATION_PARTS = (
    Part("numerator", "Denied in full at first", ("denied",)),
    Part("denominator", "First submitted", (*ADJUDICATED, "not_adjudicated")),
    Part("denied", "Denied in full at first", ("denied",)),
    Part("partly_denied", "Partly denied at first", ("partly_denied",)),
    Part("paid", "Paid at first", ("paid",)),
    Part("zero_pay", "Nothing due from the payer", ("zero_pay",)),
    Part("not_adjudicated", "Not adjudicated yet", ("not_adjudicated",)),
)
FULL_DENIAL = (
    "A full denial: nothing was paid, and the amounts under denial reasons reach the part of the charge"
    " that is neither contractual nor the patient's. The claim status code alone never decides."
)
DEDUCTIBLE = (
    "So a claim with a deductible of $950 and the other $50 bundled counts as one full denial, of $50:"
    " the payer sent no money and denied all that it could have paid."
)
WHO = "Primary claims and originals only; a replacement or void belongs to its original."

K01 = Kpi(
    key="K01",
    version=1,
    title="Initial denial rate",
    question="Of the claims we first sent in this period, how many did the first payer deny?",
    variant="K01b: by cohort of first submission",
    unit=Unit.CLAIMS,
    kind=Kind.RATIO,
    workflow="claim",
    numerator="Claims whose first adjudication by the first payer is a full denial",
    denominator="Claims first submitted in the period",
    clock=COHORT,
    parts=ADJUDICATION_PARTS,
    open_class="not_adjudicated",
    bands=DENIALS,
    notes=(FULL_DENIAL, DEDUCTIBLE, WHO, "A rejection by a clearinghouse (999, 277CA) is not a denial."),
)

K02 = Kpi(
    key="K02",
    version=1,
    title="Initial denial rate by amount",
    question="Of the gross charges we first billed in this period, how much did the first payer deny?",
    variant="K02b: by cohort of first submission, denied amounts over gross charges",
    unit=Unit.GROSS,
    kind=Kind.RATIO,
    workflow="claim",
    numerator="Amounts under denial reasons (CAS) on first adjudications that are full denials",
    denominator="Gross charges of the claims first submitted in the period",
    clock=COHORT,
    parts=ADJUDICATION_PARTS,
    open_class="not_adjudicated",
    bands=DENIALS,
    notes=(
        FULL_DENIAL,
        DEDUCTIBLE,
        WHO,
        "Counts the denied amounts, not the whole charge of a denied claim.",
        "The charge is that of the first submission, whatever a replacement was sent for.",
    ),
)

K04 = Kpi(
    key="K04",
    version=1,
    title="Denials by category",
    question="Why do payers deny, and for how much?",
    variant="K04b: by cohort of first submission, full and partial denials",
    unit=Unit.DENIED,
    kind=Kind.SHARES,
    workflow="claim",
    numerator="Amounts under the reasons of one category (CAS) on first adjudications",
    denominator="All amounts under denial reasons on first adjudications",
    clock=COHORT,
    notes=(
        WHO,
        "By amount a claim is split over its categories; by count it stands once, under its largest.",
    ),
)

K07B = Kpi(
    key="K07b",
    version=1,
    title="Acceptance rate",
    question="Of the claims that were finally answered on receipt, how many got into adjudication?",
    variant="K07b: 277CA level, by cohort of first submission",
    unit=Unit.CLAIMS,
    kind=Kind.RATIO,
    workflow="claim",
    numerator="Claims whose final claim acknowledgement (277CA) accepts them",
    denominator="Claims with a final claim acknowledgement: accepted or rejected",
    clock=COHORT,
    parts=(
        Part("numerator", "Finally accepted", ("accepted",)),
        Part("denominator", "Finally accepted or rejected", ("accepted", "rejected")),
        Part("accepted", "Finally accepted", ("accepted",)),
        Part("rejected", "Finally rejected", ("rejected",)),
        Part("rejected_earlier", "Rejected as a file or set (TA1, 999)", ("rejected_earlier",)),
        Part("pending", "Received, not yet accepted or rejected", ("pending",)),
        Part("implied", "Adjudicated without a claim acknowledgement", ("implied",)),
        Part("unanswered", "No answer at all", ("unanswered",)),
    ),
    bands=ACCEPTANCE,
    notes=(
        "The answer to the latest submission counts; the payer's answer stands over the clearinghouse's.",
        "Pending claims and rejections of a whole file or set stand apart.",
        "Every payer's claim counts, also secondary ones and replacements whose original we never saw.",
    ),
)

"""An 835 that names its payee by a tax number alone: known claims decide which is meant, never a guess."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.adapters.files import interchange, read_bytes
from tests.adapters.through import connect
from tests.ingest.posting import Poster
from tracing.models import Orphan, Transaction

pytestmark = pytest.mark.django_db(transaction=True)
TAX = "880000009"


def billed(*claims: tuple[str, str, str, str]) -> bytes:
    """Return an 837 of practices with one tax number: claim number, NPI, payer's turn, charge."""
    body = ["BHT*0019*00*B1*20260302*0915*CH", "NM1*41*2*S*****46*SUB1"]
    for number, npi, turn, charge in claims:
        body += ["HL*1**20*1", f"NM1*85*2*PRACTICE*****XX*{npi}", f"REF*EI*{TAX}"]
        body += ["HL*2*1*22*0", f"SBR*{turn}*18", "NM1*PR*2*PLAN*****PI*PAY1"]
        body += [f"CLM*{number}*{charge}***11:B:1", "LX*1", f"SV1*HC:99213*{charge}*UN*1"]
    return interchange(*body)


def paid(*claims: tuple[str, str, str, str]) -> bytes:
    """Return an 835 for that tax number: claim number, CLP02, charge, payment."""
    total = sum(Decimal(payment) for *_, payment in claims)
    body = [f"BPR*I*{total}*C*ACH************20260401", "TRN*1*T9*19", "N1*PR*PLAN", f"N1*PE*OFFICE*FI*{TAX}"]
    for number, status, charge, payment in claims:
        left = Decimal(charge) - Decimal(payment)
        body += [
            f"CLP*{number}*{status}*{charge}*{payment}*0*12",
            f"CAS*CO*{197 if status == '4' else 45}*{left}",
        ]
    return interchange(*body, kind="HP", set_type="835", version="005010X221A1")


def stand(folder: Path, post: Poster, *files: bytes) -> set[tuple[int, str | None, int | None]]:
    """Return charge, outcome and payment of every claim once these files were read in this order."""
    paths = [folder / f"{n}.x12" for n in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    assert connect(post, *paths) == []
    found = Transaction.objects.filter(workflow="claim")
    return {(int(one.amount or 0), one.outcome, None if one.paid is None else int(one.paid)) for one in found}


@pytest.mark.parametrize("order", [1, -1], ids=["claim first", "payment first"])
def test_the_payment_meets_the_claim_that_its_practice_numbered(
    tmp_path: Path, post: Poster, order: int
) -> None:
    files = (billed(("C1", "1999999984", "P", "100")), paid(("C1", "1", "100", "80")))
    assert stand(tmp_path, post, *files[::order]) == {(100, "paid", 80)}


def test_two_practices_under_one_tax_number_do_not_mix(tmp_path: Path, post: Poster) -> None:
    files = (
        billed(
            ("C1", "1999999984", "P", "100"),
            ("C2", "1888888875", "P", "200"),
            ("SAME", "1999999984", "P", "300"),
            ("SAME", "1888888875", "P", "400"),
        ),
        paid(("C1", "1", "100", "80"), ("C2", "4", "200", "0"), ("SAME", "1", "400", "90")),
    )
    assert stand(tmp_path, post, *files) == {
        (100, "paid", 80),
        (200, "denied", 0),
        # Both have this number: whose payment it is nobody can say, so it waits and is counted as waiting.
        (300, None, None),
        (400, None, None),
    }
    assert Orphan.objects.filter(ambiguous=True, bound=[]).count() == 1


def test_under_a_tax_number_each_payer_s_turn_is_kept_apart(tmp_path: Path, post: Poster) -> None:
    files = (
        billed(("C1", "1999999984", "P", "100"), ("C1", "1999999984", "S", "101")),
        paid(("C1", "2", "101", "15")),
    )
    assert stand(tmp_path, post, *files) == {(100, None, None), (101, "paid", 15)}


def test_a_payee_with_an_npi_names_its_claims_directly() -> None:
    head = (
        "BPR*I*1*C*ACH************20260401",
        "TRN*1*T9*19",
        "N1*PR*PLAN",
        "N1*PE*OFFICE*XX*19",
        "REF*TJ*88",
    )
    data = interchange(*head, "CLP*C1*1*1*1*0*12", kind="HP", set_type="835", version="005010X221A1")
    said = read_bytes(data).events[0].data
    assert (said["issuer"], said["payer_sequence"]) == ("npi:19", "P")
    assert "tax_issuer" not in said

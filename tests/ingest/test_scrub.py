"""What scrubbing takes away, and what it leaves."""

import time

import pytest

from integrations.ingest.scrub import NAME_LIMIT, error_template, fingerprinter, holds_identifier, scrub

GONE = [
    ("GET /patients/12345678/visits", "12345678"),
    ("Process John Smith", "Smith"),
    ("Patient: Jane Roe", "Roe"),
    ("SMITH^JOHN^Q", "SMITH"),
    ("ROE, JANE", "ROE"),
    ("ssn 078-05-1120", "1120"),
    ("call (555) 123-4567 now", "4567"),
    ("fax=555.123.4567", "4567"),
    ("mail jane.roe@example.org", "jane"),
    ("1EG4-TE5-MK73", "MK73"),
    ("born 1956-03-04", "1956"),
    ("03/04/1956", "1956"),
    ("Jan 5, 1980", "1980"),
    ("5 Jan 1980", "1980"),
    ("12 Main Street", "Main"),
    ("http://x.example/z?a=b", "x.example"),
    ("10.1.2.3", "10.1"),
    ("2001:db8::1", "2001"),
    ("VIN 1HGCM82633A004352", "1HGC"),
    ("8f14e45fceea167a5a36dedd4bea2543", "8f14"),
    ("zip 02139", "02139"),
    ("/home/jroe/file", "jroe"),
    ("GET /users?id=3&name=roe", "roe"),
    ("account #A12", "A12"),
    ("MRN00123456", "00123456"),
    ("4111 1111 1111 1111", "1111"),
]
KEPT = [
    *("POST /api/claims/{id}", "claims.submit", "process 837P file", "ADT^A01 route", "patient lookup"),
    *("HikariPool.getConnection", "SELECT clinical.orders", "send 277CA to payer", "std::vector::push_back"),
    *("HTTP GET 404", "kafka.consume topic-7", "retry 3 of 5", "Claim Submit", "Patient Access", "step_1"),
    *("com.acme.Claims$Worker.run", "S3.PutObject", "charge.captured.v1", "oauth2 token", "x12 parse"),
]
PIECES = ["a", "1", "1.", "a:", "patient ", "(1", "a-", "'a", "^a", "@a", "jan ", "?=", ":"]
HELD = ["078-05-1120", "jane@example.org", "John Smith", "MRN: 5", "10.0.0.1", "ROE^JANE"]
PLAIN = ["87726", "4 West", "Emergency", "A7:21:PR", "NO-CDM", "CO-45", "2026-01-02"]


@pytest.mark.parametrize(("text", "secret"), GONE)
def test_identifiers_go(text: str, secret: str) -> None:
    assert secret not in scrub(text)


@pytest.mark.parametrize("text", KEPT)
def test_technical_words_stay(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "piece", ["a", "1", "1.", "a:", "patient ", "(1", "a-", "'a", "^a", "@a", "jan ", "?=", ":"]
)
def test_it_is_linear(piece: str) -> None:
    def spent(length: int) -> float:
        started = time.process_time()
        for _ in range(20):
            scrub((piece * length)[:length])
        return time.process_time() - started

    spent(NAME_LIMIT)
    assert spent(4_000) <= 60 * max(spent(400), 0.0005)


def test_an_error_is_a_template_of_ours_or_nothing() -> None:
    assert (
        error_template("dial tcp 10.0.0.1:5432: connect: Connection refused for jane") == "connection refused"
    )
    assert error_template("Jane Roe has no coverage") is None


def test_a_fingerprint_forgets_numbers_and_quoted_words() -> None:
    fingerprint = fingerprinter(b"k" * 32)
    assert fingerprint("no member '123' at 10:15") == fingerprint("no member '456' at 11:20")
    assert fingerprint("no member") != fingerprint("no payer")
    assert fingerprint("no member") != fingerprinter(b"other" * 8)("no member")


@pytest.mark.parametrize(
    "text", ["078-05-1120", "jane@example.org", "John Smith", "MRN: 5", "10.0.0.1", "ROE^JANE"]
)
def test_a_code_that_is_an_identifier_is_known(text: str) -> None:
    assert holds_identifier(text)


@pytest.mark.parametrize(
    "text", ["87726", "4 West", "Emergency", "A7:21:PR", "NO-CDM", "CO-45", "2026-01-02"]
)
def test_a_plain_code_is_none(text: str) -> None:
    assert not holds_identifier(text)

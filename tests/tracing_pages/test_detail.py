"""The page of one transaction: where it stands, what was said, and who may see it in clear."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext

from observability.accounts.models import AuditRow, Reveal
from tests.build.claims import acked, denied, posted, remitted, submitted
from tests.ingest.otlp_requests import traces
from tests.tracing_pages.conftest import Hospital, days
from tracing.models import Transaction, TransactionTrace
from tracing.storage.drain import drain

MOST_QUERIES = 23
REASON = "Payer called about this claim, ticket 4711"


def page_of(client: Client, amount: str | None = None) -> str:
    """Return the page of the only transaction, or of the one worth so much."""
    wanted = Transaction.objects.get(**({"amount": amount} if amount else {}))
    answer = client.get(f"/transactions/{wanted.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def headline(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page, re.S)
    assert found is not None
    return re.sub(r"<[^>]+>|\s+", " ", found.group(1)).replace("  ", " ").replace("\xa0", " ").strip()


def test_a_denied_claim_says_why_and_how_much(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - days(9), amount="300.00"), denied("C1", at - days(2)))
    day = (at - days(2)).astimezone().strftime("%d").lstrip("0")
    said = headline(page_of(alice))
    assert re.match(rf"Denied on ({day}|{int(day) - 1}) \w+: no prior authorization or notice", said)
    assert "$300.00 not paid" in said


def test_a_claim_on_its_way_says_what_it_waits_for(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - timedelta(hours=45, minutes=30)))
    # `at` is a second or two before the page is asked for.
    assert re.fullmatch(
        r"Submitted 1 day 21 h ago; waiting for “Accepted by the payer”, due in 2 h (29|30) m\.",
        headline(page_of(alice)),
    )


def test_a_late_claim_says_by_how_much(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - timedelta(hours=50)))
    assert "; “Accepted by the payer” is 2 h late." in headline(page_of(alice))


def test_a_rejected_claim_says_the_reason_in_words(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(
        submitted("C1", at - days(3)),
        acked("C1", at - days(1), outcome="rejected", reason="A7:562:85"),
    )
    page = page_of(alice)
    assert "Rejected; information wrong: entity&#x27;s NPI (billing provider)" in page
    assert headline(page).startswith("Rejected on ")
    assert "A7:562:85" in page


def test_missing_steps_are_ghosts_and_the_next_one_has_its_time(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("C1", at - days(1)))
    track = page_of(alice).split('<ol class="track"')[1].split("</ol>")[0]
    assert re.findall(r'<li class="(\w+)"', track) == ["done", "ghost", "ghost", "ghost"]
    assert "Not yet: " in track


def test_an_implied_step_says_so(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - days(9)), remitted("C1", at - days(2)))
    track = page_of(alice).split('<ol class="track"')[1].split("</ol>")[0]
    assert re.findall(r'<li class="(\w+)"', track)[:3] == ["done", "implied", "done"]
    assert "a later step says so" in track


def test_a_resubmission_supersedes_and_each_submission_has_its_own_answers(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(
        submitted("C1", at - days(9)),
        acked("C1", at - days(8), outcome="rejected", reason="A3:21:PR"),
        submitted("C1", at - days(5), frequency="7", set="SENDER/2/1", batch="B2", sequence=107),
        acked("C1", at - days(4), batch="B2"),
    )
    page = page_of(alice)
    parts = page.split('aria-label="Submissions"')[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", parts, re.S)[1:]
    assert "Original" in rows[0]
    assert "superseded" in rows[0]
    assert "Rejected" in rows[0]
    assert "Replacement" in rows[1]
    assert "Accepted" in rows[1]
    assert page.count('class="superseded"') == 2
    assert "Superseded by the submission of" in page


def test_a_take_back_shows_as_reversed(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(
        submitted("C1", at - days(9)),
        remitted("C1", at - days(4)),
        posted("C1", at - days(3)),
        remitted("C1", at - days(2), claim_status="22", paid="-500.00", sequence=410),
    )
    page = page_of(alice)
    assert "Superseded by the take-back of" in page
    assert '<li class="reversed"' in page.split('<ol class="track"')[1].split("</ol>")[0]
    assert "Adjudicated: taken back" in page
    assert headline(page).startswith("Payment taken back on ")


def test_lines_have_their_codes_in_words(alice: Client, north: Hospital, at: datetime) -> None:
    lines = [
        {"line": "1", "code": "99213", "basis": "gross", "amount": "300.00"},
        {"line": "1", "group": "CO", "code": "45", "basis": "adjustment", "amount": "120.00"},
        {"line": "1", "group": "PR", "code": "1", "basis": "adjustment", "amount": "30.00"},
    ]
    north.told(
        submitted("C1", at - days(9), amount="300.00"),
        remitted("C1", at - days(2), billed="300.00", paid="150.00", lines=lines),
    )
    page = page_of(alice)
    for words in (
        "Above the contracted or allowed amount",
        "Contract; the provider writes it off",
        "Deductible",
        "The patient owes it",
        "99213",
    ):
        assert words in page


def test_lines_show_what_they_hold_and_no_empty_columns(alice: Client, north: Hospital, at: datetime) -> None:
    gross = [{"line": "1", "code": "99213", "basis": "gross", "amount": "300.00"}]
    north.told(submitted("C1", at - days(9), amount="300.00", lines=gross), denied("C1", at - days(2)))
    heads = [
        re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", table)
        for table in re.findall(r"<table class=\"dense lines\">(.*?)</table>", page_of(alice), re.S)
    ]
    assert heads == [["Line", "Code", "Gross charges"], ["Line", "Code", "In words", "Amount"]]


def test_what_went_wrong_names_the_reason_and_not_a_due_time(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("C1", at - days(9), amount="300.00"), denied("C1", at - days(2)))
    page = page_of(alice)
    wrong = page.split('id="errors"')[1].split("</section>")[0]
    assert "No prior authorization or notice" in wrong
    assert "Adjudicated due" not in page


def test_spans_of_its_traces_are_a_waterfall_in_the_order_of_calls(
    alice: Client, north: Hospital, at: datetime
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    begun = int((at - days(1)).timestamp()) * 10**9
    names = [("file", "01", ""), ("send", "03", "01"), ("map", "02", "01"), ("look up", "04", "02")]
    spans = [
        {
            "traceId": trace,
            "spanId": f"00000000000000{own}",
            "parentSpanId": f"00000000000000{parent}" if parent else "",
            "name": name,
            "kind": 1,
            "startTimeUnixNano": str(begun + int(own) * 10**7),
            "endTimeUnixNano": str(begun + 10**9),
            "status": {"code": 2 if name == "send" else 0},
        }
        for name, own, parent in names
    ]
    scope = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    north.told(submitted("C1", at - days(1), trace_id=trace), submitted("C2", at - days(1), sequence=102))
    assert north.poster.otlp("traces", scope, "application/json").status_code == 200
    drain(seconds=30)

    one = Transaction.objects.get(carried_by(trace))
    page = alice.get(f"/transactions/{one.pk}/").content.decode()

    drawn = page.split('<table class="waterfall')[1].split("</table>")[0]
    assert re.findall(r'title="([^"]+)">', drawn.split("<tbody>")[1]) == ["file", "map", "look up", "send"]
    assert re.findall(r'class="(d\d)"', drawn) == ["d1", "d2", "d1"]
    assert drawn.count('<tr class="error"') == 1
    assert "1 trace, 4 spans" in page


def test_spans_that_another_facility_sent_under_its_trace_are_not_shown(
    alice: Client, north: Hospital, south: Hospital, at: datetime
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319d"
    begun = int((at - days(1)).timestamp()) * 10**9
    north.told(submitted("C1", at - days(1), trace_id=trace))
    for hospital, name in ((north, "send"), (south, "look up")):
        said = {"trace_id": bytes.fromhex(trace), "name": name, "start_time_unix_nano": begun}
        assert hospital.poster.otlp("traces", traces(said)).status_code == 200
    drain(seconds=30)

    page = alice.get(f"/transactions/{Transaction.objects.get().pk}/").content.decode()

    drawn = page.split('<table class="waterfall')[1].split("</table>")[0]
    assert re.findall(r'title="([^"]+)">', drawn.split("<tbody>")[1]) == ["send"]


def carried_by(trace: str) -> Q:
    """Select the transactions that a trace carried."""
    ids = TransactionTrace.objects.filter(trace_id=UUID(trace)).values("transaction_id")
    return Q(pk__in=ids)


def test_linked_transactions_share_an_identifier(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(
        submitted("C1", at - days(9), amount="10", account_no="A1"),
        submitted("C2", at - days(9), amount="20", account_no="A1"),
        submitted("C3", at - days(9), amount="30", account_no="A2", set="SENDER/1/C1"),
    )
    page = page_of(alice, "10").split('id="linked"')[1]
    assert page.count("same account") == 1
    assert str(Transaction.objects.get(amount=20).pk) in page
    # The same file is no link.
    assert str(Transaction.objects.get(amount=30).pk) not in page


def test_keys_are_masked_until_a_reveal_which_is_on_record(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("CLM0007714", at - days(1)))
    one = Transaction.objects.get()
    assert "CLM0007714" not in page_of(alice)
    assert "7714" in page_of(alice) or "714" in page_of(alice)

    answer = alice.post(f"/transactions/{one.pk}/reveal/", {"reason": REASON}, follow=True)

    page = answer.content.decode()
    assert "CLM0007714" in page
    assert "In clear for 15" in page
    row = AuditRow.objects.get(act="revealed")
    assert (row.object_id, row.reason) == (str(one.pk), REASON)
    assert UUID(str(Reveal.objects.get().transaction_id)) == one.pk


def test_a_reveal_without_a_reason_reveals_nothing(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("CLM0007714", at - days(1)))
    answer = alice.post(f"/transactions/{Transaction.objects.get().pk}/reveal/", {"reason": "why"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "data-open" in page
    assert "CLM0007714" not in page
    assert not AuditRow.objects.filter(act="revealed").exists()


def test_an_executive_sees_no_spans_and_reveals_nothing(
    erin: Client, alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("CLM0007714", at - days(1)))
    page = page_of(erin)
    assert "Operations" not in page
    assert "Show in clear" not in page
    one = Transaction.objects.get()
    assert erin.post(f"/transactions/{one.pk}/reveal/", {"reason": REASON}).status_code == 404
    assert "Operations" in page_of(alice)


def test_a_reveal_is_for_one_person(alice: Client, erin: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("CLM0007714", at - days(1)))
    alice.post(f"/transactions/{Transaction.objects.get().pk}/reveal/", {"reason": REASON})
    assert "CLM0007714" not in page_of(erin)


@pytest.mark.parametrize("events", [1, 12])
def test_query_count_does_not_grow(alice: Client, north: Hospital, at: datetime, events: int) -> None:
    for n in range(events):
        when = at - days(40 - 3 * n)
        trace = f"{n + 1:032x}"
        north.told(
            submitted("C1", when, set=f"S/{n}/1", batch=f"B{n}", trace_id=trace),
            acked("C1", when + timedelta(hours=1), batch=f"B{n}", trace_id=trace),
        )
    north.told(denied("C1", at - days(1)), posted("C1", at), submitted("C2", at, account_no="A-C1"))
    one = Transaction.objects.order_by("first_at").first()
    assert one is not None
    alice.get(f"/transactions/{one.pk}/")
    with CaptureQueriesContext(connection) as queries:
        assert alice.get(f"/transactions/{one.pk}/").status_code == 200
    asked = [q["sql"] for q in queries if not re.match(r"SELECT set_config|SAVEPOINT|RELEASE", q["sql"])]
    assert len(asked) <= MOST_QUERIES, asked

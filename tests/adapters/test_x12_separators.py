"""Any separators and any line breaks give the same events; the reader finds its own way."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.adapters.x12.delimiters import parse_header
from integrations.adapters.x12.segments import CHUNK, LONGEST, Segment, Segments
from tests.adapters.files import FIXTURES, Read, fixture, interchange, read_bytes, rewritten

NAMES = ["837p_5010.x12", "acks.x12", "277ca.x12", "835.x12"]
# Anything but letters, digits, marks, white space, and what stands in the values of the fixtures.
CHARACTERS = st.characters(
    codec="utf-8",
    exclude_categories=("L", "N", "Cs", "M"),
    exclude_characters=" \t\r\n\x00\x1a\ufeff-.,@",
).filter(lambda character: not character.isalnum())
SEPARATORS = st.lists(CHARACTERS, min_size=4, max_size=4, unique=True)


def told(read: Read) -> list[object]:
    return [(event.id, event.time, event.data) for event in read.events] + [
        replace(finding, file="") for finding in read.findings
    ]


@given(
    name=st.sampled_from(NAMES),
    separators=SEPARATORS,
    noise=st.sampled_from(["", "\n", "\r\n", "\r", " \n", "\n\n"]),
)
@settings(max_examples=200, deadline=None)
def test_separators_and_line_breaks_say_nothing(name: str, separators: list[str], noise: str) -> None:
    element, component, repetition, segment = separators
    text = rewritten(
        (FIXTURES / name).read_text(),
        element=element, component=component, repetition=repetition, segment=segment, noise=noise,
    )  # fmt: skip
    assert told(read_bytes(text.encode())) == told(fixture(name))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_end_may_be_the_terminator(end: str) -> None:
    for name in NAMES:
        text = rewritten((FIXTURES / name).read_text(), element="|", component=">", segment=end)
        assert told(read_bytes(text.encode())) == told(fixture(name))


@given(width=st.integers(20, 200))
@settings(max_examples=40, deadline=None)
def test_a_file_wrapped_at_any_width_is_read(width: int) -> None:
    flat = (FIXTURES / "835.x12").read_text().replace("\n", "")
    wrapped = "\r\n".join(flat[at : at + width] for at in range(0, len(flat), width))
    assert told(read_bytes(wrapped.encode())) == told(fixture("835.x12"))


def test_a_byte_that_is_no_utf8_may_separate() -> None:
    data = (FIXTURES / "835.x12").read_bytes().replace(b"*", b"\xa7")
    assert told(read_bytes(data)) == told(fixture("835.x12"))


def test_interchanges_with_other_separators_follow_each_other() -> None:
    first = (FIXTURES / "837p_5010.x12").read_text()
    second = (FIXTURES / "837i_4010.x12").read_text()
    both = read_bytes((first + "\n\n" + second).encode())
    assert both.tally.interchanges == 2
    assert [e.id for e in both.events] == [
        e.id for name in ("837p_5010.x12", "837i_4010.x12") for e in fixture(name).events
    ]


def test_segments_are_numbered_from_the_start_of_the_file_without_blank_ones() -> None:
    text = (FIXTURES / "835.x12").read_text().replace("~\n", "~\n~ ~\n")
    found = [item for item in Segments(io.BytesIO(text.encode())) if isinstance(item, Segment)]
    assert [segment.number for segment in found] == list(range(1, len(found) + 1))
    assert len(found) == 51


def test_a_wrong_width_in_the_isa_does_not_shift_the_separators() -> None:
    data = (FIXTURES / "837p_5010.x12").read_bytes().replace(b"ISA*00*          *", b"ISA*00**", 1)
    read = read_bytes(data)
    assert read.codes == [(1, "isa_width")]
    assert len(read.events) == 4


def test_an_isa_without_all_its_elements_is_told_and_skipped() -> None:
    data = (FIXTURES / "837p_5010.x12").read_bytes().replace(b"*0*P*:", b"*0*:", 1)
    read = read_bytes(data + (FIXTURES / "835.x12").read_bytes())
    assert read.errors == [(1, "isa_unreadable")]
    assert len(read.events) == 7


def test_old_versions_have_no_repetition_separator() -> None:
    header = parse_header((FIXTURES / "837i_4010.x12").read_text())
    assert header is not None
    assert header.delimiters.repetition == ""


def test_a_byte_order_mark_and_an_old_end_of_file_mark_are_noise() -> None:
    data = b"\xef\xbb\xbf" + (FIXTURES / "835.x12").read_bytes() + b"\x1a\x00"
    assert told(read_bytes(data)) == told(fixture("835.x12"))


def test_a_file_larger_than_a_chunk_reads_the_same() -> None:
    claims = [f"CLM*C{number}*{number}***11:B:1" for number in range(9000)]
    read = read_bytes(interchange("BHT*0019*00*B*20260302*0915*CH", "SBR*P", "HL*1**20*1", "SBR*P", *claims))
    assert sum(map(len, claims)) > 3 * CHUNK
    assert [event.data["claim_no"] for event in read.events] == [f"C{number}" for number in range(9000)]


def test_a_segment_without_end_takes_no_more_than_its_limit() -> None:
    data = interchange(
        "BHT*0019*00*B*20260302*0915*CH", "SBR*P", "CLM*C1*1***11:B:1", "NTE*" + "x" * (3 * LONGEST)
    )
    read = read_bytes(data)
    assert (7, "segment_too_long") in read.errors
    assert (6, "claim_damaged") in read.errors
    assert not read.events


def test_an_empty_or_foreign_file_is_no_surprise() -> None:
    assert read_bytes(b"").findings == []
    assert read_bytes(b"MSH|^~\\&|LAB").codes == [(1, "isa_missing")]
    assert read_bytes(b"ISA").codes == [(1, "isa_missing")]
    assert read_bytes(b"ISA*00*").codes == [(1, "isa_unreadable")]


def test_an_empty_segment_says_nothing_wherever_it_stands() -> None:
    text = (FIXTURES / "835.x12").read_text()
    assert told(read_bytes(text.replace("~", "~~").encode())) == told(fixture("835.x12"))

"""No damage makes the reader raise, and what still goes is exactly what the sound file said."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.files import FIXTURES, fixture, interchange, read_bytes

CODED = {
    "STC",
    "CAS",
    "LQ",
    "MOA",
    "SV1",
    "SV2",
    "SVC",
    "IK3",
    "IK4",
    "IK5",
    "AK2",
    "AK9",
    "TA1",
    "ST",
    "DTP",
    "DTM",
}
NAMES = sorted(file.name for file in FIXTURES.glob("*.x12"))


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_cut_file_gives_a_prefix_of_its_events_and_says_so(name: str, data: st.DataObject) -> None:
    sound = (FIXTURES / name).read_bytes()
    cut = sound[: data.draw(st.integers(0, len(sound) - 1))]
    read, whole = read_bytes(cut), fixture(name)
    assert [event.cloudevent() for event in read.events] == [
        event.cloudevent() for event in whole.events[: len(read.events)]
    ]
    if read.tally.interchanges and b"IEA" not in cut:
        assert "truncated" in {finding.code for finding in read.findings}


@given(
    name=st.sampled_from(NAMES),
    places=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=4)), min_size=1, max_size=6),
)
@settings(max_examples=400, deadline=None)
def test_random_damage_never_raises(name: str, places: list[tuple[float, bytes]]) -> None:
    data = bytearray((FIXTURES / name).read_bytes())
    for where, junk in places:
        at = int(where * (len(data) - 1))
        data[at : at + max(1, len(junk))] = junk
    read = read_bytes(bytes(data))
    assert all(event.id and event.time.endswith("Z") for event in read.events)
    assert all(finding.segment >= 1 for finding in read.findings)


def test_digits_of_other_scripts_are_no_numbers() -> None:
    for digit in ("²", "٣", "೩"):
        data = (FIXTURES / "acks.x12").read_text().replace("AK9*P*3", f"AK9*P*{digit}").encode()
        data = data.replace(b"SE*14", f"SE*{digit}".encode()).replace(b"*1200*", f"*{digit}*".encode())
        assert (18, "count_mismatch") in read_bytes(data).codes


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_at_all_never_raise(data: bytes) -> None:
    header = interchange().split(b"GS*")[0]
    for text in (data, header + data, header + b"GS*HC*A*B*20260302*0915*1*X*005010X222A1~ST*837*1~" + data):
        assert len(read_bytes(text).events) < 3000


def test_a_name_in_the_place_of_a_code_goes_nowhere() -> None:
    for name in NAMES:
        lines = (FIXTURES / name).read_text().split("~\n")
        for number, line in enumerate(lines):
            parts = line.split("*")
            if parts[0] in CODED:
                damaged = "*".join([parts[0], *("Perpetua:Perpetua:Perpetua" for _ in parts[1:])])
                read = read_bytes("~\n".join([*lines[:number], damaged, *lines[number + 1 :]]).encode())
                assert "Perpetua" not in str(read.events) + "".join(map(str, read.findings)), damaged


@given(name=st.sampled_from(NAMES), order=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_segments_in_any_order_never_raise(name: str, order: object) -> None:
    text = (FIXTURES / name).read_text().split("\n")
    head, body = text[:1], text[1:]
    order.shuffle(body)  # type: ignore[attr-defined]
    read = read_bytes("\n".join(head + body).encode())
    assert read.events or read.findings

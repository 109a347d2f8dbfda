"""X12 in tests: read a file or text into events and findings, and write segments with any separators."""

import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from integrations.adapters.x12.events import Event
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.reading import Tally, read_file

FIXTURES = Path(__file__).parent.parent / "fixtures" / "x12"
CORPORA = Path(__file__).parent.parent.parent.parent / "shared" / "corpora"
CHAIN = CORPORA / "x12_claim_chain"
needs_chain = pytest.mark.skipif(
    not CHAIN.is_dir(), reason="the folder of real claim files written by others is not beside the project"
)


@dataclass(frozen=True)
class Read:
    """What one file came to."""

    events: list[Event]
    findings: list[Finding]
    tally: Tally

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(finding.segment, finding.code) for finding in self.findings]

    @property
    def errors(self) -> list[tuple[int, str]]:
        return [(finding.segment, finding.code) for finding in self.findings if finding.is_error]

    def claim(self, number: str) -> Event:
        """Return the only event about a claim."""
        (event,) = (event for event in self.events if event.data.get("claim_no") == number)
        return event


def read_bytes(data: bytes, name: str = "file.x12") -> Read:
    tally = Tally()
    items = list(read_file(io.BytesIO(data), name, tally))
    events = [item for item in items if isinstance(item, Event)]
    findings = [item for item in items if isinstance(item, Finding)]
    return Read(events, findings, tally)


def read_path(path: Path) -> Read:
    return read_bytes(path.read_bytes(), path.name)


def fixture(name: str) -> Read:
    return read_path(FIXTURES / name)


def rewritten(
    text: str, *, element: str, component: str, segment: str, noise: str = "", repetition: str = "^"
) -> str:
    """Return a fixture (separators `*`, `:`, `~`, one segment a line) with other separators."""
    table = str.maketrans({"*": element, ":": component, "^": repetition})
    lines = [line.removesuffix("~") for line in text.splitlines()]
    return "".join(line.translate(table) + segment + noise for line in lines)


def interchange(
    *segments: str, kind: str = "HC", set_type: str = "837", version: str = "005010X222A1"
) -> bytes:
    """Return one set with these segments in a sound envelope."""
    body = [f"ST*{set_type}*0001*{version}", *segments]
    envelope = [
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
        "*260302*0915*^*00501*000000001*0*P*:",
        f"GS*{kind}*SENDER*RECEIVER*20260302*0915*1*X*{version}",
        *body,
        f"SE*{len(body) + 1}*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "".join(f"{line}~\n" for line in envelope).encode()


def people_in(text: str) -> set[str]:
    """Return last and first names, birth dates and street lines of everybody in an X12 text."""
    element = text[text.index("ISA") + 3]
    found: set[str] = set()
    for segment in re.split(r"[~\r\n_]", text):
        parts = segment.strip().split(element)
        if parts[0] == "NM1" and len(parts) > 4 and parts[2] == "1":
            found.update(parts[3:5])
        elif parts[0] == "DMG" and len(parts) > 2:
            found.add(parts[2])
        elif parts[0] == "N3":
            found.update(parts[1:])
    return {value for value in found if len(value) > 3}

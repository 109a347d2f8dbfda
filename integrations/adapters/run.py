"""One run of a file connector: find the files, read them, post what they hold, add up what happened."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from integrations.adapters.post import Answer, PostingStoppedError
from integrations.adapters.x12.events import Event
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.reading import Tally, read_file

CLAIM_SUBMITTED = "claim.submitted.v1"


class Sender(Protocol):
    """Where events go."""

    def send(self, events: Sequence[Event], /) -> Answer:
        """Post one batch. Raises PostingStoppedError."""
        ...


@dataclass(slots=True)
class Summary:
    """What one run read and posted."""

    files: int = 0
    tally: Tally = field(default_factory=Tally)
    events: Counter[str] = field(default_factory=Counter)  # read, by type
    claims: set[tuple[str, str]] = field(default_factory=set)  # issuer and claim number
    sent: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    receipts: list[str] = field(default_factory=list)
    stopped: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether everything was read, sent and taken."""
        return not (self.errors or self.rejected or self.stopped)


@dataclass(slots=True)
class Run:
    """How to run: where to send (None: nowhere), for which facility, and whom to tell as it goes.

    `tell` gets one line for each thing that a person should know; `progress` the file and its bytes
    (done, of).
    """

    sender: Sender | None
    facility: str
    batch_size: int
    tell: Callable[[str], None]
    progress: Callable[[Path, int, int], None]
    summary: Summary = field(default_factory=Summary)
    _batch: list[Event] = field(default_factory=list)

    def over(self, paths: Iterable[Path]) -> Summary:
        """Read and post every file. Stops early only where nothing more can be posted."""
        try:
            for file in files_of(paths):
                self._file(file)
            self._post()
        except PostingStoppedError as exc:
            self.summary.stopped = str(exc)
        return self.summary

    def _file(self, file: Path) -> None:
        self.summary.files += 1
        try:
            size = file.stat().st_size
            with file.open("rb") as stream:
                self._read(file, Counted(stream, lambda done: self.progress(file, done, size)))
        except OSError as exc:
            self._note(Finding(0, "file_unreadable", exc.strerror or type(exc).__name__, str(file)))
            return
        if size == 0:
            self._note(Finding(0, "file_empty", "there is nothing in it", str(file)))

    def _read(self, file: Path, stream: "Counted") -> None:
        for item in read_file(stream, str(file), self.summary.tally):
            if isinstance(item, Finding):
                self._note(item)
            else:
                self._take(item)

    def _take(self, event: Event) -> None:
        self.summary.events[event.type] += 1
        if event.type == CLAIM_SUBMITTED:
            self.summary.claims.add((event.data["issuer"], event.data["claim_no"]))
        # The message's own identifiers come first; this is what counts where the server knows none of them.
        self._batch.append(replace(event, data={"facility": self.facility, **event.data}))
        if len(self._batch) >= self.batch_size:
            self._post()

    def _post(self) -> None:
        batch, self._batch = self._batch, []
        if self.sender is None or not batch:
            return
        answer = self.sender.send(batch)
        self.summary.sent += len(batch)
        self.summary.accepted += answer.accepted
        self.summary.receipts += answer.receipts
        if answer.unlisted:
            self.summary.rejected["not_listed"] += answer.unlisted
            self.tell(f"{answer.unlisted} more events were rejected without being named; use smaller batches")
        for rejection in answer.rejected:
            event = rejection.event
            self.summary.rejected[rejection.code] += 1
            place = f"{event.file}: segment {event.segment}"
            self.tell(f"{place}: rejected {rejection.code}: {rejection.detail} ({event.type})")

    def _note(self, finding: Finding) -> None:
        counts = self.summary.errors if finding.is_error else self.summary.warnings
        counts[finding.code] += 1
        self.tell(str(finding))


class Counted:
    """A stream that says how many bytes were read from it."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        self._stream, self._tell, self._done = stream, tell, 0

    def read(self, size: int = -1, /) -> bytes:
        """Read and tell."""
        data = self._stream.read(size)
        self._done += len(data)
        self._tell(self._done)
        return data


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named, and those in the folders named and below, in a stable order; hidden ones not."""
    for path in paths:
        if path.is_dir():
            found = (file for file in path.rglob("*") if file.is_file() and not _hidden(file, path))
            yield from sorted(found)
        else:
            yield path


def _hidden(file: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(below).parts)


def table(summary: Summary, *, posted: bool) -> list[str]:
    """Return the summary as lines of two columns."""
    rows: list[tuple[str, Any]] = [
        ("files", summary.files),
        ("interchanges", summary.tally.interchanges),
        *((f"sets {kind}", count) for kind, count in sorted(summary.tally.sets.items())),
        ("claims submitted", len(summary.claims)),
        *((f"events {kind}", count) for kind, count in sorted(summary.events.items())),
    ]
    if posted:
        rows += [
            ("events sent", summary.sent),
            ("accepted (new or known before)", summary.accepted),
            ("rejected by the server", summary.rejected.total()),
            *((f"  {code}", count) for code, count in sorted(summary.rejected.items())),
        ]
    else:
        rows.append(("events sent", "0 (dry run)"))
    for title, counts in (("not read", summary.errors), ("read with a warning", summary.warnings)):
        rows.append((title, counts.total()))
        rows += [(f"  {code}", count) for code, count in sorted(counts.items())]
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value:>9}" for name, value in rows]

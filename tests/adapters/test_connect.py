"""`manage.py connect x12`: everything readable goes, everything else is told, again changes nothing."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.adapters.run import Run, files_of
from tests.adapters.files import FIXTURES
from tests.adapters.server import FarEnd, taken


def run_over(*paths: Path, end: FarEnd | None, batch_size: int = 500) -> tuple[Run, list[str]]:
    lines: list[str] = []
    run = Run(end.poster() if end else None, "NORTH", batch_size, lines.append, lambda file, done, of: None)
    run.over(paths)
    return run, lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("837p_5010.x12", "835.x12", "damaged.x12"):
        (tmp_path / name).write_bytes((FIXTURES / name).read_bytes())
    return tmp_path


def test_all_files_of_a_folder_are_posted_in_batches(folder: Path) -> None:
    end = FarEnd()
    run, _ = run_over(folder, end=end, batch_size=5)
    assert [len(batch) for batch in end.batches] == [5, 5, 4]
    assert (run.summary.files, run.summary.sent, run.summary.accepted) == (3, 14, 14)
    assert run.summary.events == {"claim.submitted.v1": 7, "remit.received.v1": 5, "remit.totalled.v1": 2}
    assert len(run.summary.claims) == 7


def test_running_again_posts_the_same_events(folder: Path) -> None:
    first, second = FarEnd(), FarEnd()
    run_over(folder, end=first)
    run_over(folder, end=second, batch_size=1)
    assert [e for batch in first.batches for e in batch] == [e for batch in second.batches for e in batch]


def test_the_facility_is_a_fallback_beside_the_messages_own_identifiers(folder: Path) -> None:
    end = FarEnd()
    run_over(folder / "837p_5010.x12", end=end)
    data = end.batches[0][0]["data"]
    assert data["facility"] == "NORTH"
    assert data["facility_ids"][0] == {"authority": "npi", "code": "1999999984"}


def test_a_rejected_event_is_told_by_file_segment_and_code(folder: Path) -> None:
    no = {"index": 1, "event_id": "x", "code": "unknown_facility", "detail": "npi 1999999984"}
    run, lines = run_over(folder / "837p_5010.x12", end=FarEnd([taken(3, no)]))
    assert lines == [
        f"{folder}/837p_5010.x12: segment 29: rejected unknown_facility: npi 1999999984 (claim.submitted.v1)"
    ]
    assert run.summary.rejected == {"unknown_facility": 1}
    assert not run.summary.is_clean


def test_what_cannot_be_read_is_told_and_the_next_file_goes(folder: Path) -> None:
    end = FarEnd()
    (folder / "a_empty.x12").write_bytes(b"")
    run, lines = run_over(folder / "missing.x12", folder, end=end)
    assert lines[0] == f"{folder}/missing.x12: segment 0: error file_unreadable: No such file or directory"
    assert f"{folder}/a_empty.x12: segment 0: error file_empty: there is nothing in it" in lines
    assert f"{folder}/damaged.x12: segment 39: error truncated: " in "\n".join(lines)
    assert run.summary.sent == 14


def test_a_server_that_stays_away_stops_the_run_with_one_message(folder: Path) -> None:
    end = FarEnd([(401, {}, {"code": "bad_key"})])
    run, _ = run_over(folder, end=end, batch_size=1)
    assert "the key is not accepted" in run.summary.stopped
    assert len(end.posts) == 1


def test_folders_are_walked_in_a_stable_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.x12", "b/.part", "a.x12", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert [str(f.relative_to(tmp_path)) for f in files_of([tmp_path])] == ["a.x12", "b/2.x12"]


class _Server(BaseHTTPRequestHandler):
    """A server on a real socket that takes everything."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["Authorization"], len(body)))  # type: ignore[attr-defined]
        answer = json.dumps({"accepted": 4, "rejected": [], "receipt": "r"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def live() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), _Server)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def command(*arguments: object) -> tuple[str, str, int]:
    """Run the command; return what it said on both streams, and the exit status it asks for."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("connect", "x12", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as exc:
        return out.getvalue(), f"{err.getvalue()}{exc}", exc.returncode
    return out.getvalue(), err.getvalue(), 0


def test_the_command_posts_with_the_key_of_the_environment(
    live: HTTPServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_KEY", "from.env")
    url = f"http://127.0.0.1:{live.server_port}/"
    out, err, status = command(folder / "837p_5010.x12", "--url", url, "--facility", "NORTH")
    ((path, key, _),) = live.seen  # type: ignore[attr-defined]
    assert (path, key, status, err) == ("/api/v1/events", "Bearer from.env", 0, "")
    rows = {line.rsplit(maxsplit=1)[0].strip(): line.rsplit(maxsplit=1)[1] for line in out.splitlines()}
    assert rows["files"] == rows["interchanges"] == rows["sets 837"] == "1"
    assert rows["events sent"] == rows["accepted (new or known before)"] == "4"
    assert rows["not read"] == "0"


def test_a_dry_run_posts_nothing_and_needs_no_key(folder: Path) -> None:
    out, err, status = command(folder / "837p_5010.x12", "--facility", "NORTH", "--dry-run")
    assert status == 0
    assert "0 (dry run)" in out
    assert err == ""


def test_the_exit_status_says_that_something_was_not_read(folder: Path) -> None:
    out, err, status = command(folder, "--facility", "NORTH", "--dry-run")
    assert status == 1
    assert f"{folder}/damaged.x12: segment 1: error isa_missing" in err
    assert "14 not read, 0 rejected" in err
    assert "  claim_incomplete" in out


def test_without_a_key_nothing_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THROUGHLINE_KEY", raising=False)
    _, err, status = command(folder, "--facility", "NORTH")
    assert (status, "THROUGHLINE_KEY" in err) == (2, True)


def test_a_port_where_nobody_listens_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    _, err, status = command(folder, "--facility", "NORTH", "--key", "k", "--url", "http://127.0.0.1:9")
    assert status == 2
    assert "no answer (ConnectionError)" in err

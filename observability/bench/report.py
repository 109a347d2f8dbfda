"""What a measurement comes to: a table for people, JSON for machines."""

import json
import os
import platform
import resource
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement. What it does not measure is None. Memory is the peak of the process measured."""

    name: str
    events: int
    seconds: float
    events_per_second: float
    copy_rows_per_second: float | None = None
    ratio_to_copy: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    cpu_seconds: float | None = None
    rss_mb: float | None = None
    wal_bytes_per_event: float | None = None
    notes: dict[str, float | str] = field(default_factory=dict)


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def cpu_seconds() -> float:
    """Return the processor time of this process, in it and in the system for it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rss_mb(pid: int | None = None) -> float:
    """Return the peak resident memory of a process (this one), in MB."""
    for line in Path(f"/proc/{pid or os.getpid()}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def as_json(results: list[Result]) -> str:
    """Return the results and the machine they hold for."""
    return json.dumps({"machine": machine(), "results": [asdict(result) for result in results]}, indent=2)


def machine() -> dict[str, str]:
    """Say what this was measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    model = next(named, platform.machine())
    return {"cores": str(os.cpu_count()), "processor": model, "python": platform.python_version()}


def as_table(results: list[Result]) -> str:
    """Return the results as an aligned table, a column each."""
    columns = [asdict(result) for result in results]
    figures = [name for name in Result.__dataclass_fields__ if name != "notes"]
    rows = [[name, *(_shown(column[name]) for column in columns)] for name in figures]
    notes = sorted({name for result in results for name in result.notes})
    rows += [[name, *(_shown(result.notes.get(name)) for result in results)] for name in notes]
    rows = [row for row in rows if any(row[1:])]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: list[str], widths: list[int]) -> str:
    first, *others = (f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others])


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)

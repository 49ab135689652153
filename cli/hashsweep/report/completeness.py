"""The state of a report on disk: whether a sweep is writing to it, and whether parts are missing.

Knows no terminal and writes nothing.
"""

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from hashsweep.errors import ReportError
from hashsweep.report.folder import LOCK
from hashsweep.report.segments import SEGMENT_NAME
from hashsweep.report.sweep_json import State, SweepInfo


def state_of(folder: Path, sweep: SweepInfo) -> State:
    """Return the current state; a killed sweep could not record that it was killed."""
    return "killed" if sweep.state == "running" and not _is_locked(folder) else sweep.state


def check_segments(report: str, sweep: SweepInfo, there: Mapping[str, Sequence[str]]) -> None:
    """Raise ReportError if segments of a report are missing or are not from its sweep.

    `there` has the file names of each table's segments. All that `sweep.json` names must exist
    and, once its sweep has ended, nothing else. Among those it does not name (yet), none of `files`
    may be missing between others, nor the `matches` of any `files`.
    """
    names = {f"{table}/{name}" for table, found in there.items() for name in found}
    count = max(len(there["files"]), sweep.state == "complete")
    numbered = [SEGMENT_NAME.format(number) for number in range(count)]
    wanted = {f"{table}/{name}" for table in ("files", "matches") for name in numbered}
    if missing := sorted((wanted | sweep.segments.keys()) - names):
        raise ReportError(f"report {report} is damaged: {missing[0]} is missing")
    if sweep.state == "running":
        return
    if not sweep.segments:
        raise ReportError(
            f"report {report} is damaged: its sweep.json has no digests of its segments"
        )
    if strays := sorted(names - sweep.segments.keys()):
        raise ReportError(f"report {report} is damaged: {strays[0]} does not belong to it")


def _is_locked(folder: Path) -> bool:
    """Say whether a process holds the report's lock; takes a shared lock for a moment."""
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False

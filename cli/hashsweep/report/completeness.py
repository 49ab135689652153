"""A report as it lies there: whether somebody is at work on it, and whether parts are missing.

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
    """Return the state as of now; a sweep that was killed could not write down that it was."""
    return "killed" if sweep.state == "running" and not _is_locked(folder) else sweep.state


def check_segments(report: str, sweep: SweepInfo, there: Mapping[str, Sequence[str]]) -> None:
    """Raise ReportError where segments of a report are missing, or are not of its sweep.

    `there` has the file names of each table's segments. All that `sweep.json` names must be there
    and, once its sweep has ended, no others. Of those that it does not name (yet), none of `files`
    may be missing between others, nor one of `matches` beside its `files`.
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
        raise ReportError(f"report {report} is damaged: its sweep.json has no digests of its parts")
    if strays := sorted(names - sweep.segments.keys()):
        raise ReportError(f"report {report} is damaged: {strays[0]} does not belong to it")


def _is_locked(folder: Path) -> bool:
    """Say whether a process holds the report's lock; a shared lock is taken for a moment."""
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

"""A report as it lies there: whether somebody is at work on it, and whether parts are missing.

Knows no terminal and writes nothing.
"""

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hashsweep.errors import ReportError
from hashsweep.report import schema
from hashsweep.report.folder import LOCK
from hashsweep.report.segment_digests import WITH_DIGESTS, WITH_LABELS, facts_of
from hashsweep.report.segments import PART_NAME


def state_of(folder: Path, sweep: Mapping[str, Any]) -> str:
    """Return one of schema.STATES; a sweep that was killed could not write down that it was."""
    state = str(sweep.get("state"))
    if state == "running" and not _is_locked(folder):
        return "killed"
    return state if state in schema.STATES else "interrupted"


def check_parts(report: str, sweep: Mapping[str, Any], there: Mapping[str, Sequence[str]]) -> None:
    """Raise ReportError where parts of a report are missing, or are not of its sweep.

    `there` has the file names of each table's parts. All that `sweep.json` names must be there and,
    once its sweep has ended, no others. Of those that it does not name (yet), none of `files` may
    be missing between others, nor one of `matches` beside its `files`. Before version 4 it names
    none: see OpenReport for these.
    """
    names = {f"{table}/{name}" for table, found in there.items() for name in found}
    facts, state = facts_of(sweep), sweep.get("state")
    count = max(len(there["files"]), state == "complete")
    tables = ("files", "matches") if sweep["report_version"] >= WITH_LABELS else ("files",)
    numbered = [PART_NAME.format(number) for number in range(count)]
    wanted = {f"{table}/{name}" for table in tables for name in numbered}.union(facts or ())
    if missing := sorted(wanted - names):
        raise ReportError(f"report {report} is damaged: {missing[0]} is missing")
    if state == "running" or sweep["report_version"] < WITH_DIGESTS:
        return
    if facts is None:
        raise ReportError(f"report {report} is damaged: its sweep.json has no digests of its parts")
    if strays := sorted(names - facts.keys()):
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

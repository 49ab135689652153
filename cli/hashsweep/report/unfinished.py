"""A report without its end: whether somebody is at work on it, and whether parts are missing.

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
from hashsweep.report.reader import PART_NAME


def state_of(folder: Path, sweep: Mapping[str, Any]) -> str:
    """Return one of schema.STATES; a sweep that was killed could not write down that it was."""
    state = str(sweep.get("state"))
    if state == "running" and not _is_locked(folder):
        return "killed"
    return state if state in schema.STATES else "interrupted"


def check_gapless(files: Sequence[Path]) -> None:
    """Raise ReportError where one of these parts of `files` is missing between others."""
    names = {path.name for path in files}
    for number in range(len(files)):
        if (name := PART_NAME.format(number)) not in names:
            raise ReportError(f"report {files[0].parent / name} is missing")


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

"""A report without its end: whether somebody is at work on it, and its totals from its rows.

Knows no terminal and writes nothing.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hashsweep.report import recount, schema
from hashsweep.report.encryption import Seal
from hashsweep.report.folder import LOCK
from hashsweep.report.reader import Part, parts
from hashsweep.report.tally import Tally


def state_of(folder: Path, sweep: Mapping[str, Any]) -> str:
    """Return one of schema.STATES; a sweep that was killed could not write down that it was."""
    state = str(sweep.get("state"))
    if state == "running" and not _is_locked(folder):
        return "killed"
    return state if state in schema.STATES else "interrupted"


def totals(folder: Path, seal: Seal | None) -> Tally:
    """Add up the rows that are there; what was skipped is not known. Raises ReportError."""
    tally = Tally()
    of_matches = {path.name: path for path in parts(folder, "matches")}
    for path in parts(folder, "files"):
        part = Part(path, seal)
        files = part.table(recount.columns(part.schema))
        own = of_matches.get(path.name)
        matches = Part(own, seal).table() if own else schema.MATCHES.empty_table()
        recount.add(tally, files, matches)
    return tally


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

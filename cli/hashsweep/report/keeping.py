"""Notes in a report folder that keep it from being removed: a hold, and that rows were exported.

They say nothing of what the report found, and no digest or signature covers them: whoever may
write to the folder may set and lift a hold. Knows no terminal.
"""

import datetime
import json
from pathlib import Path

from hashsweep.atomic_files import new_file
from hashsweep.errors import ReportError
from hashsweep.report.segments import sweep_of

HOLD = "hold.json"

EXPORTED = "exported.json"

NOTES_TO_KEEP = (HOLD, EXPORTED)
"""What a report folder may hold besides the report itself."""


def set_hold(folder: Path, reason: str) -> None:
    """Keep a report until the hold is lifted; raises ReportError, also if it has one already."""
    sweep_of(folder)  # raises ReportError for a folder that is no report
    with new_file(folder / HOLD) as file:
        file.write(_note(reason=reason))


def lift_hold(folder: Path) -> None:
    """Remove the hold; raises ReportError if there is none."""
    sweep_of(folder)
    try:
        (folder / HOLD).unlink()
    except FileNotFoundError as error:
        raise ReportError(f"report {folder} has no hold") from error
    except OSError as error:
        raise ReportError(f"{folder / HOLD}: {error.strerror}") from error


def note_export(folder: Path, what: str) -> None:
    """Note that rows were exported, if that is not noted yet; raises ReportError.

    `what` is a word such as matches. Where the rows went is not noted.
    """
    if not (folder / EXPORTED).exists():
        with new_file(folder / EXPORTED) as file:
            file.write(_note(what=what))


def is_held(folder: Path) -> bool:
    """Say whether a report has a hold."""
    return (folder / HOLD).exists()


def is_exported(folder: Path) -> bool:
    """Say whether rows of a report were exported."""
    return (folder / EXPORTED).exists()


def _note(**more: str) -> bytes:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    return (json.dumps({"when": now.isoformat(), **more}, indent=2) + "\n").encode("ascii")

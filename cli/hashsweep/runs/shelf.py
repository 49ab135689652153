"""The reports in a folder: which there are, and which of them a sweep builds on.

What counts is what their sweep.json says, never their names. Knows no terminal and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hashsweep.errors import ReportError
from hashsweep.report.encryption import Keys
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segments import SWEEP


@dataclass(frozen=True)
class Shelved:
    """A report in a folder; `report` is None where it cannot be read, and `problem` says why."""

    path: Path
    report: OpenReport | None
    problem: str = ""


def list_reports(folder: Path, keys: Keys | None = None) -> list[Shelved]:
    """Return the reports of a folder, oldest first, then those that cannot be read.

    No link is followed, and hidden folders are passed over. Empty if the folder does not exist.
    Raises ReportError if it cannot be listed.
    """
    try:
        inside = sorted(
            each
            for each in folder.iterdir()
            if not each.name.startswith(".") and not each.is_symlink() and (each / SWEEP).is_file()
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ReportError(f"{folder}: {error.strerror}") from error
    read, unread = [], []
    for path in inside:
        try:
            read.append(Shelved(path, OpenReport(path, keys)))
        except ReportError as error:
            unread.append(Shelved(path, None, str(error)))
    read.sort(key=lambda each: (_start(each), each.path))
    return [*read, *unread]


def find_newest_complete(reports: Iterable[Shelved]) -> Shelved | None:
    """Return the sweep that began last of those that finished; a rematch is none."""
    found = [each for each in reports if each.report and _is_sweep(each.report)]
    complete = [each for each in found if each.report and each.report.state == "complete"]
    return complete[-1] if complete else None


def find_unfinished(reports: Iterable[Shelved]) -> Shelved | None:
    """Return the sweep that began last, if it was stopped or killed, or is still running."""
    found = [each for each in reports if each.report and _is_sweep(each.report)]
    if not found or found[-1].report is None or found[-1].report.state == "complete":
        return None
    return found[-1]


def find_run(reports: Iterable[Shelved], run_id: str | None) -> OpenReport | None:
    """Return the report with this run_id."""
    for each in reports:
        if each.report and run_id and each.report.sweep.run_id == run_id:
            return each.report
    return None


def _is_sweep(report: OpenReport) -> bool:
    return report.sweep.kind == "sweep"


def _start(each: Shelved) -> float:
    return each.report.sweep.started.timestamp() if each.report else 0.0

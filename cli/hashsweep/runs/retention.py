"""Decides which reports of a folder may be removed, and removes one.

A report may be evidence, so whatever could be missed is kept. Knows no terminal.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hashsweep.errors import ReportError
from hashsweep.report.encryption import Keys
from hashsweep.report.folder import LOCK, MORE_TABLES, SIGNATURE, TABLES, ReportFolder
from hashsweep.report.in_hand import IN_HAND
from hashsweep.report.keeping import NOTES_TO_KEEP, is_exported, is_held
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segments import SWEEP
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.runs.memory import told_in
from hashsweep.runs.shelf import Shelved, list_reports

_REMOVED = ".removed-"
"""How folders begin that are on their way out."""

_OURS = {*TABLES, *MORE_TABLES, *NOTES_TO_KEEP, SWEEP, SIGNATURE, IN_HAND, LOCK}


@dataclass(frozen=True)
class Keep:
    """Of how many days and months, in UTC, the newest report is kept: the last ones that have any.

    0 keeps none for its days or months.
    """

    daily: int = 0
    monthly: int = 0


@dataclass(frozen=True)
class Fate:
    """A report, and why it is kept; None if it may be removed."""

    path: Path
    why_kept: str | None


def plan_removal(folder: Path, keep: Keep, keys: Keys | None = None) -> list[Fate]:
    """Return the reports of a folder, oldest first, and why each is kept.

    Raises ReportError if the folder cannot be listed.
    """
    shelved = list_reports(folder, keys)
    told = told_in(folder)
    fates = {}
    by_date = _keep_by_date([each.report for each in shelved if each.report], keep)
    newest = _find_newest([each.report for each in shelved if each.report])
    for each in shelved:
        fates[each.path] = Fate(each.path, _why(each, told, newest) or by_date.get(each.path))
    _keep_bases([each for each in shelved if each.report], fates)
    return [*fates.values()]


def _why(each: Shelved, told: set[str], newest: set[Path]) -> str | None:
    """Return why a report is kept, whatever its age."""
    report = each.report
    if report is None:
        return f"it cannot be read ({each.problem})"
    if is_held(each.path):
        return "it has a hold"
    if is_exported(each.path):
        return "rows of it were exported"
    if report.state == "running":
        return "its sweep is still running"
    if _may_match(report):
        return "it has matches that are undecided or confirmed"
    if each.path in newest:
        return "it is the newest complete report of its sources"
    if report.sweep.run_id in told:
        return "what is new is counted from it"
    return None


def _may_match(report: OpenReport) -> bool:
    """Say whether a report has a match that was not overturned; a killed sweep did not count."""
    tally = report.sweep.tally
    if report.state == "complete":
        return tally.matches > 0
    try:
        return tally.matches > 0 or any(part.rows for part in report.segments("matches"))
    except ReportError:  # no key, or damaged
        return True


def _find_newest(reports: Iterable[OpenReport]) -> set[Path]:
    """Return the newest complete reports: of each kind and set of sources one."""
    newest = {
        (each.sweep.kind, *each.sweep.sources): each.path
        for each in reports
        if each.state == "complete"
    }
    return {*newest.values()}


def _keep_by_date(reports: Sequence[OpenReport], keep: Keep) -> dict[Path, str]:
    """Return which reports are kept for their date, and why; complete ones come first."""
    found: dict[Path, str] = {}
    for number, form, word in ((keep.daily, "%Y-%m-%d", "day"), (keep.monthly, "%Y-%m", "month")):
        newest: dict[str, OpenReport] = {}
        for each in reports:  # oldest first
            date = f"{each.sweep.started:{form}}"
            if date not in newest or each.state == "complete":
                newest[date] = each
        for date in sorted(newest, reverse=True)[:number]:
            found.setdefault(newest[date].path, f"it is the newest of the {word} {date}")
    return found


def _keep_bases(shelved: Sequence[Shelved], fates: dict[Path, Fate]) -> None:
    """Keep what a kept report needs: the baseline of an unfinished one, the inputs of a rematch.

    A finished sweep has taken over what it needs of its baseline.
    """
    by_id = {each.report.sweep.run_id: each.path for each in shelved if each.report}
    waiting = [each for each in shelved if fates[each.path].why_kept]
    path_of = {each.path: each for each in shelved}
    while waiting:
        each = waiting.pop()
        assert each.report is not None
        for run_id in _bases(each.report.sweep, each.report.state):
            path = by_id.get(run_id)
            if path is not None and fates[path].why_kept is None:
                fates[path] = replace(fates[path], why_kept=f"{each.path.name} is based on it")
                waiting.append(path_of[path])


def _bases(sweep: SweepInfo, state: str) -> list[str]:
    found = [each.run_id for each in sweep.rematch_of or ()]
    if sweep.baseline and state != "complete":
        found.append(sweep.baseline.run_id)
    return found


def remove_report(path: Path) -> None:
    """Remove a report; raises ReportError, also if the folder holds anything else.

    It is renamed first, so that a report is there as a whole or not at all. What a kill left of an
    earlier removal is removed as well.
    """
    for left in path.parent.glob(f"{_REMOVED}*"):
        _remove(left)
    with ReportFolder(path, resume=True):  # no sweep can resume it meanwhile
        strays = sorted({each.name for each in path.iterdir()} - _OURS)
        strays += [str(each) for each in path.glob("*/*") if not _is_segment(each)]
        if strays:
            raise ReportError(f"{path} is not removed: it holds {strays[0]}, which is not its own")
        if is_held(path) or is_exported(path):
            raise ReportError(f"{path} is not removed: it has a hold, or rows were exported")
        gone = path.with_name(f"{_REMOVED}{path.name}-{secrets.token_hex(4)}")
        try:
            path.rename(gone)
        except OSError as error:
            raise ReportError(f"{path}: {error.strerror}") from error
        _remove(gone)


def _is_segment(path: Path) -> bool:
    return path.name.startswith("part-") and path.suffix == ".parquet" and not path.is_dir()


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReportError(f"{os.fspath(path)}: {error.strerror}") from error

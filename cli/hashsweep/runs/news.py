"""What a night found that was not told before, in counts and never in names.

Knows no terminal.
"""

import datetime
import shlex
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.filters import STANDING, Filter
from hashsweep.analysis.selection import Selection
from hashsweep.errors import ListError, SourceError
from hashsweep.report.open_report import OpenReport
from hashsweep.report.outcome import reasons_of
from hashsweep.runs.memory import FULL
from hashsweep.runs.named import NamedSweep
from hashsweep.safe_text import printable
from hashsweep.sweep.coverage import FRAMES_LEFT_OUT, NOT_COMPARED, NOT_LOOKED_INTO

FULL_DISK = "full-disk"
SOURCE = "source"
LIST = "list"
SELFTEST = "selftest"
FAILED = "failed"

PROBLEMS = {
    FULL_DISK: "A disk is full. The next night goes on where this one ended.",
    SOURCE: "A source is not there, is not mounted, or is empty and was not before.",
    LIST: "A hash list cannot be used.",
    SELFTEST: "This installation does not find a picture that it has to find (selftest).",
    FAILED: "The sweep could not run.",
}
"""Why a night had no sweep, or not all of one, by code."""


@dataclass(frozen=True)
class News:
    """What is new: matches, files that have them, files that failed, and files partly compared."""

    matches: int = 0
    matched_files: int = 0
    failed: int = 0
    partly: int = 0

    def __bool__(self) -> bool:
        return bool(self.matches or self.failed or self.partly)


def count_news(report: OpenReport, told: OpenReport | None) -> News:
    """Count what a report has and `told` does not; everything if `told` is None.

    Overturned matches and accepted reasons are not counted. Raises ReportError.
    """
    totals = report.sweep.tally
    news = News()
    if totals.matches:  # or else no row is read, and so below
        decided = Filter(decisions=STANDING)
        batches = list(_select(report, "matches", decided, told))
        news = News(sum(map(len, batches)), _count_items(batches))
    if unaccepted := reasons_of(totals) - report.sweep.accept:
        batches = list(_select(report, "files", Filter(reasons=sorted(unaccepted)), told))
        mask = [pc.equal(each.column("status"), "failed") for each in batches]
        failed = _count_items([a.filter(b) for a, b in zip(batches, mask, strict=True)])
        news = replace(news, failed=failed, partly=_count_items(batches) - failed)
    return news


def _select(
    report: OpenReport, table: str, wanted: Filter, told: OpenReport | None
) -> Iterator[pa.RecordBatch]:
    """Yield the item and, of files, the status of the rows that `told` does not have."""
    selection = Selection([report], table, wanted)
    if told is not None:
        selection.without([told])
    for _, batch in selection.batches():
        yield batch.select(["item_id", *["status"] * (table == "files")])


def _count_items(batches: Sequence[pa.RecordBatch]) -> int:
    ids = [each.column("item_id") for each in batches]
    return len(pa.chunked_array(ids, pa.binary(16)).unique())


def classify(error: BaseException) -> str:
    """Return the code of what kept a sweep from running or finishing."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.errno in FULL:
            return FULL_DISK
        at = at.__cause__
    if isinstance(error, SourceError):
        return SOURCE
    return LIST if isinstance(error, ListError) else FAILED


def describe_news(
    named: NamedSweep, report: OpenReport, news: News, told: OpenReport | None, key_file: str | None
) -> str:
    """Return the message about a night that found something new.

    `key_file` names the keys of an encrypted report, for the commands that show it.
    """
    info = report.sweep
    totals = info.tally
    since = f" since the report of {told.sweep.started:%Y-%m-%d}" if told else ""
    lines = [_first_line(named.name, info.ended or info.started), "", f"New{since}:"]
    if news.matches:
        on = count_files(news.matched_files)
        lines += [f"  {news.matches:,} match{'es' * (news.matches != 1)}, of {on}"]
    if news.failed:
        lines += [f"  {count_files(news.failed)} that could not be scanned"]
    if news.partly:
        lines += [f"  {count_files(news.partly)} that could not be compared in full"]
    of_all = count_files(totals.items)
    left = totals.failed - totals.accepted
    lines += [
        "",
        f"In all: {totals.matched_items:,} of {of_all} match; {left:,} could not be scanned.",
        "",
        "Which ones:",
    ]
    show = ["hashsweep", "report", "show", report.name]
    show += ["--key-file", key_file] if info.encrypted and key_file else []
    since_words = ["--new-since", told.name] if told else []
    if news.matches:
        lines += [f"  {_join([*show, *since_words])}"]
    if news.failed:
        lines += [f"  {_join([*show, *since_words, '--what', 'failed'])}"]
    if news.partly:
        reasons = [
            w
            for each in (NOT_COMPARED, NOT_LOOKED_INTO, FRAMES_LEFT_OUT)
            for w in ("--reason", each)
        ]
        lines += [f"  {_join([*show, '--what', 'files', *reasons])}"]
    return "\n".join(lines) + "\n"


def count_files(number: int) -> str:
    """Return this many files, in words."""
    return f"{number:,} file{'s' * (number != 1)}"


def describe_problem(name: str, problem: str, now: datetime.datetime) -> str:
    """Return the message about a night without a whole sweep."""
    return "\n".join(
        [
            _first_line(name, now),
            "",
            PROBLEMS[problem],
            "",
            "More about it:",
            f"  hashsweep run {name} --dry-run",
            "",
            "This is not told again until a sweep has finished, or something else is wrong.",
            "",
        ]
    )


def _first_line(name: str, at: datetime.datetime) -> str:
    return f"hashsweep run {name} on {socket.gethostname()}, {at:%Y-%m-%d %H:%M} UTC"


def _join(words: Sequence[str]) -> str:
    return printable(shlex.join(words))

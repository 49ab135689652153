"""How fast sweeps ran: each run, and over time if the parts' own timestamps show it.

A part of a report is closed at least once per minute, and its file has that time: items and bytes
since the previous part. If files lack the times of their sweep (copied reports), only the
runs are shown. Knows no terminal.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow.compute as pc

from hashsweep.output.page.charts import Columns, columns
from hashsweep.output.page.markup import Html, element, join, table
from hashsweep.output.tables import amount, duration
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import SweepInfo

BINS = 60
"""Most columns of the chart."""

_SLACK = 2.0  # seconds that a file system's clock may be off
_FEWEST = 4  # parts needed for a chart over time


@dataclass(frozen=True)
class Run:
    """One run of a sweep: Unix times in seconds, and what it did; `ended` None if not known."""

    report: str
    started: float
    ended: float | None
    items: int
    bytes: int


@dataclass(frozen=True)
class Stretch:
    """Items and bytes of one part, from one Unix time to another."""

    started: float
    ended: float
    items: int
    bytes: int


def runs(name: str, sweep: SweepInfo) -> list[Run]:
    """Return the runs of a sweep; a killed run counts up to the start of the next."""
    befores = [(each.items_before, each.bytes_before) for each in sweep.runs]
    befores.append((sweep.tally.items, sweep.tally.bytes))
    return [
        Run(name, each.started.timestamp(), each.ended.timestamp() if each.ended else None,
            after[0] - before[0], after[1] - before[1])
        for each, (before, after) in zip(sweep.runs, pairwise(befores), strict=True)
    ]  # fmt: skip


def stretches(report: OpenReport, of: Sequence[Run]) -> list[Stretch]:
    """Return the stretch of each part of `files`; none if their times are not the sweep's."""
    found: list[Stretch] = []
    for part in report.segments("files"):
        ended = part.written
        run = next((run for run in reversed(of) if run.started <= ended + _SLACK), None)
        if run is None or (run.ended is not None and ended > run.ended + _SLACK):
            return []
        before = found[-1].ended if found else 0.0
        if ended < before:
            return []
        items = size = 0
        for group in range(part.groups):
            rows = part.group(group, ["part", "size"])
            rows = rows.filter(pc.is_null(rows["part"]))
            items += rows.num_rows
            size += pc.sum(rows["size"]).as_py() or 0
        found.append(Stretch(min(max(before, run.started), ended), ended, items, size))
    return found


def bin_stretches(
    parts: Sequence[Stretch], bins: int = BINS
) -> tuple[float, list[float], list[float]]:
    """Return the seconds per bin, and items and bytes per second in each.

    Time in which no part was being filled (between runs) is left out.
    """
    total = sum(each.ended - each.started for each in parts)
    bins = max(min(bins, len(parts)), 1)
    width = total / bins
    if not width:
        return 0.0, [], []
    items, sizes = [0.0] * bins, [0.0] * bins
    at = 0.0
    for each in parts:
        length = each.ended - each.started
        first, last = min(int(at / width), bins - 1), min(int((at + length) / width), bins - 1)
        for number in range(first, last + 1):
            low, high = max(at, number * width), min(at + length, (number + 1) * width)
            share = (high - low) / length if length else 1 / (last - first + 1)
            items[number] += each.items * max(share, 0.0) / width
            sizes[number] += each.bytes * max(share, 0.0) / width
        at += length
    return width, items, sizes


def render(of: Sequence[Run], parts: Sequence[Stretch]) -> Html:
    """Return the runs as a table, and charts over time if there is enough data."""
    several = len({run.report for run in of}) > 1
    head = ["began (UTC)", "report", "took", "items", "bytes", "per second"]
    rows = [
        [
            _date(run.started),
            run.report,
            *_duration_cells(run),
            f"{run.items:,}",
            amount(run.bytes),
            _rate(run),
        ]
        for run in of
    ]
    if not several:
        head, rows = _without(head, 1), [_without(row, 1) for row in rows]
    pieces = [table("Runs", head, rows)]
    width, items, sizes = bin_stretches(parts) if len(parts) >= _FEWEST else (0.0, [], [])
    if items:
        span = duration(width * len(items))
        note = f"Over time: {len(parts):,} parts of the report, in {span} of work; "
        pieces.append(element("p", f"{note}each column is {duration(width)}. Gaps are left out."))
        ends = [(0.0, "begin"), (1.0, f"after {span}")]
        for what, values in (
            (f"{max(items):,.1f} items per second", items),
            (f"{amount(max(sizes))} per second", sizes),
        ):
            pieces.append(columns(Columns(values, f"Over time; at most {what}", ends, what)))
    else:
        pieces.append(element("p", _why_not(parts)))
    return join(pieces)


def _why_not(parts: Sequence[Stretch]) -> str:
    if parts:
        return "No chart over time: the sweep wrote too few parts."
    return (
        "No chart over time: the report's files do not have the times of the sweep, as after "
        "a copy that does not preserve times."
    )


def _duration_cells(run: Run) -> list[str]:
    return ["not known" if run.ended is None else duration(run.ended - run.started)]


def _rate(run: Run) -> str:
    if run.ended is None:
        return "not known"
    seconds = max(run.ended - run.started, 1e-3)
    return f"{run.items / seconds:,.1f} items, {amount(run.bytes / seconds)}"


def _without(row: Iterable[str], at: int) -> list[str]:
    return [cell for number, cell in enumerate(row) if number != at]


def _date(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M:%S}"

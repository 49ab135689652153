"""What a named sweep would meet tonight: its lists, reports, disks and sources, without a sweep.

Knows no terminal and writes no report.
"""

import datetime
import shutil
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from hashsweep.errors import RunError
from hashsweep.hashlists.describe import age_days
from hashsweep.runs.memory import recall
from hashsweep.runs.named import NamedSweep
from hashsweep.runs.news import count_files
from hashsweep.runs.night import list_nights
from hashsweep.runs.shelf import Shelved, find_newest_complete, find_unfinished
from hashsweep.safe_text import printable
from hashsweep.sources.mounts import find_missing
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import Plan, build_plan, keys_of

PROBLEM = "problem"
"""The first word of what would keep the sweep from running."""


def look_ahead(
    named: NamedSweep, config: ScanConfig, *, plain: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield a word and what there is to say of it: list, source, baseline and so on.

    `config` and `plain` as in night.run_night. Each PROBLEM would keep the sweep from running.
    """
    complete = unfinished = None
    try:
        nights = list_nights(named, keys_of(config))
        complete, unfinished = find_newest_complete(nights), find_unfinished(nights)
        finished = recall(named.reports, named.name).finished
    except RunError as error:
        yield PROBLEM, str(error)
        return
    config = replace(
        config,
        sources=named.sources,
        baseline=str(complete.path) if complete else None,
        output=str(named.reports / "next"),
    )
    try:
        with build_plan(config, plain=plain) as plan:
            yield from _describe_plan(plan, complete)
    except RunError as error:
        yield PROBLEM, str(error)
    yield "baseline", _describe_report(complete) if complete else "none: all files are read"
    if unfinished and unfinished.report:
        is_running = unfinished.report.state == "running"
        what = "is being written" if is_running else "would be resumed"
        yield "unfinished", f"{printable(str(unfinished.path))} {what}"
    yield from ((PROBLEM, each.problem) for each in nights if each.report is None)
    yield "free space", _describe_space(named.reports, complete)
    yield "last success", finished or "never"
    yield "notify", printable(named.notify[0]) if named.notify else "none: news is printed"


def _describe_plan(plan: Plan, complete: Shelved | None) -> Iterator[tuple[str, str]]:
    now = datetime.datetime.now(datetime.UTC)
    for each in plan.lists:
        days = age_days(each, now)
        age = f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"  # noqa: PLR2004
        noun = "entry" if len(each) == 1 else "entries"
        yield "list", f"{printable(each.name)}: {len(each):,} {noun}, {age} old"
    for warning in plan.warnings:
        yield "warning", printable(warning)
    for source in plan.sources:
        items = iter(source.items())
        empty = ": empty" * (next(items, None) is None)
        if isinstance(items, Generator):
            items.close()  # and with it the folder that is being listed
        yield "source", f"{printable(source.name)}{empty}"
    for point in plan.mounts:
        yield "mounted", printable(point)
    if complete and complete.report:
        real = plan.real_paths
        for point in find_missing(complete.report.sweep.mounts, real, real.__getitem__):
            yield PROBLEM, f"{printable(point)} is not mounted, and was for the baseline"


def _describe_report(shelved: Shelved) -> str:
    assert shelved.report is not None
    sweep = shelved.report.sweep
    return (
        f"{printable(str(shelved.path))}, of {sweep.started:%Y-%m-%d %H:%M} UTC, "
        f"{count_files(sweep.tally.items)}"
    )


def _describe_space(reports: Path, complete: Shelved | None) -> str:
    """Return how much room there is where reports go."""
    place = reports
    while not place.exists():
        place = place.absolute().parent
    free = f"{_size(shutil.disk_usage(place).free)} where reports go"
    if complete and complete.report:
        size = sum(each.bytes for each in complete.report.sweep.segments.values())
        free += f"; the baseline takes {_size(size)}"
    return free


def _size(number: int) -> str:
    """Return this many bytes in the unit that people would use."""
    for least, unit in ((10**9, "GB"), (10**6, "MB")):
        if number >= least:
            return f"{number / least:,.1f} {unit}"
    return f"{number / 1e3:,.1f} kB"

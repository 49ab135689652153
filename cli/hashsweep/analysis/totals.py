"""Totals of reports, including unfinished ones, and of several together.

Knows no terminal and writes nothing.
"""

import datetime
import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from hashsweep.errors import ExitCode, exit_code
from hashsweep.report import gaps
from hashsweep.report.carried_over import Ruleset, count_outdated, merge_rulesets, renumber
from hashsweep.report.open_report import OpenReport
from hashsweep.report.outcome import fail_on_of, status_of
from hashsweep.report.sweep_json import (
    HashInfo,
    HotEntry,
    ListInfo,
    Moment,
    State,
    SweepInfo,
)
from hashsweep.report.tally import Tally
from hashsweep.report.totals import Totals

_WORST_FIRST: tuple[State, ...] = ("running", "killed", "interrupted", "complete")

T = TypeVar("T")


class Total(Struct, frozen=True, kw_only=True):
    """The totals of several reports.

    Anything in `lacking` makes it incomplete, as does any incomplete report. `repeated` says that
    some share sources, so that items count in each. `max_frames` is the largest of them.
    """

    reports: int
    state: State
    incomplete: bool
    lacking: list[str]
    repeated: bool
    started: Moment
    ended: Moment | None
    sources: list[str]
    lists: list[ListInfo]
    hashes: list[HashInfo]
    hot: list[HotEntry]
    max_frames: int
    has_baseline: bool
    workers_confined: list[str]
    chance_matches: dict[str, float]
    chance_by_class: dict[str, float]
    rulesets: list[Ruleset]
    tally: Totals

    @property
    def outdated(self) -> int:
        """Items that were looked at by earlier rules than the latest of these reports."""
        return count_outdated(self.rulesets, self.tally.by_ruleset)


def info_of(report: OpenReport) -> SweepInfo:
    """Return what a report's `sweep.json` says, with totals from its rows if it has none yet.

    Raises ReportError for a damaged report.
    """
    info = report.as_of_now
    info = replace(info, incomplete=info.incomplete or bool(report.gaps))
    return _as_of_now(report, info) if report.state in ("running", "killed") else info


def add_up(report: OpenReport) -> Tally:
    """Add up the existing rows; what was skipped is unknown. Raises ReportError."""
    from hashsweep.report import tally_columns  # imports pyarrow.compute, which takes 60 ms

    tally = Tally.create(report.sweep.accept)
    for name in report.names("files"):
        segment = report.segment("files", name)
        files = segment.table(tally_columns.columns(segment.schema))
        tally_columns.add(tally, files, report.segment("matches", name).table())
    return tally


def status_of_all(infos: Sequence[SweepInfo]) -> ExitCode:
    """Return the exit status of reports together, each by its own --fail-on.

    Missing parts count unless none of them counts incompleteness.
    """
    status = reduce(or_, map(status_of, infos))
    lacks = find_gaps(infos) and any(fail_on_of(info).incomplete for info in infos)
    return ExitCode(status | exit_code(matches=False, incomplete=bool(lacks)))


def total_of(infos: Sequence[SweepInfo]) -> Total:
    """Add reports up."""
    lacks = find_gaps(infos)
    rulesets, numbers = _merge_rulesets(infos)
    tallies = [
        replace(info.tally, by_ruleset=renumber(info.tally.by_ruleset, of))
        for info, of in zip(infos, numbers, strict=True)
    ]
    confined = [info.workers_confined for info in infos]
    ends = [info.ended for info in infos if info.ended is not None]
    swept = [json.dumps([info.sources, info.shard]) for info in infos]
    return Total(
        reports=len(infos),
        state=min((info.state for info in infos), key=_WORST_FIRST.index),
        incomplete=bool(lacks) or any(info.incomplete for info in infos),
        lacking=lacks,
        repeated=len(set(swept)) < len(swept),
        started=min(info.started for info in infos),
        ended=max(ends) if len(ends) == len(infos) else None,
        sources=list(dict.fromkeys(name for info in infos for name in info.sources)),
        lists=_distinct(
            (each for info in infos for each in info.lists), lambda each: (each.name, each.identity)
        ),
        hashes=_distinct((each for info in infos for each in info.hashes), lambda each: each.name),
        hot=_hot(infos),
        max_frames=max(info.max_frames for info in infos),
        has_baseline=any(info.baseline for info in infos),
        workers_confined=[name for name in confined[0] if all(name in each for each in confined)],
        chance_matches=_add_chances(info.chance_matches for info in infos),
        chance_by_class=_add_chances(info.chance_by_class for info in infos),
        # items in other shards are in the other reports, or named by `lacking`
        rulesets=rulesets,
        tally=replace(_add_totals(tallies), in_other_shards=0),
    )


def _add_chances(several: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the sums of expected numbers, the largest first."""
    sums: dict[str, float] = {}
    for name, number in (pair for each in several for pair in each.items()):
        sums[name] = sums.get(name, 0) + number
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))


def _merge_rulesets(infos: Sequence[SweepInfo]) -> tuple[list[Ruleset], list[list[int]]]:
    """Return all rulesets, the latest first, and the new numbers of each report's."""
    latest = max((info.rulesets[0] for info in infos), key=lambda each: each.rules)
    return merge_rulesets([latest], [info.rulesets for info in infos])


def find_gaps(infos: Sequence[SweepInfo]) -> list[str]:
    """Return why these reports are incomplete: unfinished sweeps and missing shards."""
    unfinished = sum(not gaps.is_ended(info) for info in infos)
    found = []
    if unfinished:
        are = "is" if unfinished == 1 else "are"
        found.append(f"{unfinished:,} of {len(infos):,} sweeps {are} unfinished")
    return [*found, *gaps.name_missing_shards(infos)]


def _as_of_now(report: OpenReport, info: SweepInfo) -> SweepInfo:
    """Return `info` with totals from the rows, as of the last segment."""
    names = report.names("files")
    written = report.segment("files", names[-1]).written if names else None
    ended = datetime.datetime.fromtimestamp(written, datetime.UTC) if written else info.started
    totals = add_up(report).totals()
    *before, last = info.runs
    last = replace(
        last,
        ended=ended,
        items=max(totals.items - last.items_before, 0),
        bytes=max(totals.bytes - last.bytes_before, 0),
    )
    return replace(
        info,
        incomplete=True,
        ended=ended,
        workers_confined=[],
        chance_matches={},
        chance_by_class={},
        runs=[*before, last],
        tally=totals,
    )


def _add_totals(totals: Sequence[Totals]) -> Totals:
    """Add up numbers by name, and counters by key, largest first."""
    added: dict[str, Any] = {}
    for name, first in asdict(totals[0]).items():
        values = [getattr(each, name) for each in totals]
        if isinstance(first, dict):
            counts = Counter[str]()
            for each in values:
                counts.update(each)
            added[name] = dict(counts.most_common())
        else:
            added[name] = sum(values)
    return Totals(**added)


def _distinct(found: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    return list({key(each): each for each in found}.values())


def _hot(infos: Sequence[SweepInfo]) -> list[HotEntry]:
    """Return the entries that were suspect in any report, with files and pictures added up.

    Those of encrypted reports have no id, so equal ones cannot be recognised.
    """
    found = [each for info in infos for each in info.hot or ()]
    counts: dict[tuple[str, str], Counter[str]] = {}
    for each in found:
        if each.entry_id is not None:
            numbers = {"files": each.files, "pictures": each.pictures}
            counts.setdefault((each.list, each.entry_id), Counter()).update(numbers)
    added = [HotEntry(list=name, entry_id=entry, **n) for (name, entry), n in counts.items()]
    return added + [each for each in found if each.entry_id is None]

"""Writes a sweep's results as Prometheus metrics, to a file that its node exporter picks up.

Depends only on `sweep.json`. Contains no item names, hashes or entries: people who see a dashboard
need not be those who may see a report. Knows no terminal.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from hashsweep.errors import ExitCode, ReportError
from hashsweep.model import TIERS
from hashsweep.output.listeners import Listener
from hashsweep.report.outcome import status_of
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.report.tally import Tally
from hashsweep.safe_text import as_text

REFRESH = 15.0
"""Seconds between two updates of a running sweep: what Prometheus calls a short interval."""

MODE = 0o644
"""The node exporter runs as another user. Anyone who can log in may read these metrics."""

BEGINNING = b"# HELP hashsweep_"
"""How every such file begins: any other file is someone else's and is never overwritten."""

COUNTS = {
    "items": ("items", "Items with a record, scanned or failed."),
    "bytes": ("bytes", "Bytes of those items."),
    "matched_items": ("matched_items", "Items with a match on any list."),
    "matches": ("matches", "Pairs of an item and a list's entry that match."),
    "confirmed_matches": ("confirmed", "Matches that reviewers confirmed earlier."),
    "overturned_matches": (
        "overturned",
        "Matches that reviewers overturned; counted nowhere else.",
    ),
    "failed_items": ("failed", "Items that could not be scanned."),
    "failed_folders": ("folders", "Of these, folders that could not be listed."),
    "accepted_items": ("accepted", "Of failed items, those whose reasons are all accepted."),
    "known_good_items": ("known_good", "Items on a list of harmless files."),
    "carried_items": ("from_baseline", "Items whose hashes came from an earlier report."),
    "low_quality_pictures": ("low_quality", "Pictures with too little detail for PDQ to match."),
}
"""Metric (after hashsweep_sweep_) -> (name in the tally, what it is)."""


class Family(NamedTuple):
    """One metric: its name after hashsweep_, its help text, and pairs of labels and value."""

    name: str
    meaning: str
    samples: Sequence[tuple[dict[str, str], float]]


def exposition(info: SweepInfo, sweep: str) -> str:
    """Return the metrics of `info` (sweep.json) in Prometheus' text format 0.0.4.

    All are gauges, since each sweep counts from 0 again. All have the label `sweep`, so that files
    of several sweeps can exist side by side.
    """
    lines = []
    for family in _families(info):
        if not family.samples:
            continue
        name = f"hashsweep_{family.name}"
        lines += [f"# HELP {name} {family.meaning}", f"# TYPE {name} gauge"]
        for labels, value in family.samples:
            pairs = {"sweep": sweep, **labels}.items()
            inside = ",".join(f'{label}="{_escape(text)}"' for label, text in pairs)
            lines.append(f"{name}{{{inside}}} {float(value):.17g}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    valid = as_text(text)[0]
    return valid.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _families(info: SweepInfo) -> Iterator[Family]:
    yield from _of_the_run(info)
    tally = info.tally
    for name, (key, meaning) in COUNTS.items():
        yield Family(f"sweep_{name}", meaning, [({}, getattr(tally, key))])
    failures = [(code.partition(": "), count) for code, count in tally.failures.items()]
    yield Family(
        "sweep_failures",
        "Reasons why items could not be scanned, by stage and reason.",
        [({"stage": stage, "reason": reason}, n) for (stage, _, reason), n in failures],
    )
    skipped = [({"reason": reason}, n) for reason, n in tally.skipped.items()]
    yield Family("sweep_skipped_items", "Things skipped by policy, by reason.", skipped)
    for name, counts, meaning in (
        ("uncompared", tally.not_compared, "Items scanned that were not compared by every hash."),
        ("unopened", tally.not_looked_into, "Items compared only by digest."),
    ):
        samples = [({"media_type": kind}, n) for kind, n in counts.items()]
        yield Family(f"sweep_{name}_items", f"{meaning[:-1]}, by media type.", samples)
    tiers = [({"tier": tier}, n) for tier, n in _all_of(TIERS, tally.by_tier)]
    yield Family("sweep_tier_matches", "Matches by the weight of the evidence.", tiers)
    listed = [each.name for each in info.lists if not each.known_good]
    lists = [({"list": name}, n) for name, n in _all_of(listed, tally.by_list)]
    yield Family("sweep_list_matches", "Matches by list.", lists)
    chance = [({"algorithm": a}, n) for a, n in info.chance_matches.items()]
    yield Family("sweep_chance_matches", "Matches to expect by pure chance.", chance)
    if info.hot is not None:
        hot = Counter(each.list for each in info.hot)
        yield Family(
            "sweep_hot_entries",
            "Entries that match implausibly many different files, by list.",
            [({"list": name}, hot[name]) for name in listed],
        )
    yield from _of_lists(info)


def _of_the_run(info: SweepInfo) -> Iterator[Family]:
    versions = {"version": info.hashsweep, "report": str(info.layout)}
    yield Family("info", "Versions of hashsweep and of its report.", [(versions, 1)])
    yield Family(
        "sweep_running",
        "1 while a sweep runs; it stays 1 if the sweep is killed.",
        [({}, info.state == "running")],
    )
    started = info.started.timestamp()
    yield Family(
        "sweep_start_timestamp_seconds", "When the sweep was first started.", [({}, started)]
    )
    if info.state == "running" or not info.ended:
        return
    spent = [(run.ended - run.started).total_seconds() for run in info.runs if run.ended]
    ended = info.ended.timestamp()
    yield Family("sweep_end_timestamp_seconds", "When it last ended.", [({}, ended)])
    yield Family("sweep_duration_seconds", "How long all its runs took.", [({}, sum(spent))])
    yield Family(
        "sweep_incomplete",
        "1 if it was stopped, or if some item or list row could not be used.",
        [({}, info.incomplete)],
    )
    yield Family(
        "sweep_exit_status", "Exit status of `hashsweep scan`.", [({}, _exit_status(info))]
    )


def _of_lists(info: SweepInfo) -> Iterator[Family]:
    labelled = [({"list": each.name}, each) for each in info.lists]
    entries = [(labels, each.entries) for labels, each in labelled]
    yield Family("list_entries", "Active entries of a list.", entries)
    refused = [(labels, sum(each.refused.values())) for labels, each in labelled]
    yield Family("list_refused_rows", "Rows of a list that could not be used.", refused)
    dates = [
        (labels, min(source.modified for source in each.sources).timestamp())
        for labels, each in labelled
        if each.sources
    ]
    yield Family(
        "list_modified_timestamp_seconds", "When the oldest of a list's files was written.", dates
    )
    started = info.runs[-1].started.timestamp()
    ages = [(labels, started - modified) for labels, modified in dates]
    yield Family("list_age_seconds", "How old that file was when the sweep was started.", ages)


def _exit_status(info: SweepInfo) -> ExitCode:
    if info.state == "complete":
        return status_of(info)
    return ExitCode.USAGE if info.error is not None else ExitCode.INTERRUPTED


def _all_of(names: Any, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return a count for each name, 0 if there is none: a series must not come and go."""
    return [(name, counts.get(name, 0)) for name in {**dict.fromkeys(names), **counts}]


class MetricsFile(Listener):
    """The file that holds the metrics of a sweep while it runs and after it.

    It appears complete or not at all (draft and rename in its folder). Once a sweep runs, a failure
    to write does not end it: `error` holds it.
    """

    def __init__(self, path: Path) -> None:
        """Raise ReportError if the file cannot be written, or exists and holds something else."""
        self._path = path
        self._info: SweepInfo | None = None
        self._next = 0.0
        self.error: ReportError | None = None
        if path.is_dir():
            raise ReportError(f"metrics file {path} is a folder")
        if path.is_file():
            self._check_ours()
        self._draft("")
        self._draft_path.unlink(missing_ok=True)

    def begin(self, sweep: SweepInfo) -> None:
        """Write that a sweep begins or resumes."""
        self._info = sweep
        self._write(sweep)

    def advance(self, tally: Tally) -> None:
        """Write the progress, from time to time."""
        if self._info and time.monotonic() >= self._next:
            self._write(replace(self._info, tally=tally.totals()))

    def end(self, sweep: SweepInfo) -> None:
        """Write how it ended."""
        self.error = None
        self._write(sweep)

    def _write(self, info: SweepInfo) -> None:
        self._next = time.monotonic() + REFRESH
        try:
            self._draft(exposition(info, self._path.stem))
            self._draft_path.replace(self._path)
        except OSError as error:
            self.error = self._error(error)
        except ReportError as error:
            self.error = error

    def _check_ours(self) -> None:
        """Raise ReportError for an existing file that does not hold metrics of a sweep."""
        try:
            with self._path.open("rb") as stream:
                found = stream.read(len(BEGINNING))
        except OSError as error:
            raise self._error(error) from error
        if found and found != BEGINNING:
            raise ReportError(
                f"metrics file {self._path} exists and holds no hashsweep metrics: choose another "
                "name"
            )

    @property
    def _draft_path(self) -> Path:
        return self._path.with_name(f".{self._path.name}.tmp")  # not *.prom: it is not picked up

    def _draft(self, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(self._draft_path, flags, MODE), "w", encoding="utf-8") as draft:
                os.fchmod(draft.fileno(), MODE)  # regardless of the umask
                draft.write(text)
        except (OSError, ValueError) as error:
            raise self._error(error) from error

    def _error(self, error: OSError | ValueError) -> ReportError:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        return ReportError(f"metrics file {self._path}: {reason}")

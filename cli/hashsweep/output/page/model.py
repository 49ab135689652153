"""What a page says about each report: its sweep, with up-to-date totals and verdict.

Knows no markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hashsweep.analysis.totals import info_of
from hashsweep.model import PDQ_BITS, PDQ_MAX_DISTANCE
from hashsweep.output.page.counts import Counts, count_matches
from hashsweep.output.page.throughput import Run, Stretch, runs, stretches
from hashsweep.output.summary import verdict_line
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import SweepInfo


@dataclass(frozen=True)
class ReportView:
    """One report: its name as the user gave it, its sweep, and the verdict in one line."""

    name: str
    sweep: SweepInfo
    verdict: str

    @property
    def is_calm(self) -> bool:
        """Whether nothing was found and nothing is missing."""
        return not self.sweep.incomplete and not self.sweep.is_matched


@dataclass(frozen=True)
class Content:
    """Everything on the page except the table of matches."""

    reports: tuple[ReportView, ...]
    counts: Counts
    runs: tuple[Run, ...]
    stretches: tuple[Stretch, ...]

    @property
    def is_incomplete(self) -> bool:
        """Whether anything could not be looked at, in any of the reports."""
        return any(each.sweep.incomplete for each in self.reports)

    @property
    def limit(self) -> int:
        """The largest distance, in bits, at which a PDQ counted as a match in these reports."""
        found = [
            each.max_distance
            for report in self.reports
            for each in report.sweep.hashes
            if each.name == "pdq"
        ]
        return min(max(found, default=PDQ_MAX_DISTANCE), PDQ_BITS)

    @property
    def by_time(self) -> list["ReportView"]:
        """The reports by when their sweeps began, the newest last."""
        return sorted(self.reports, key=lambda each: each.sweep.started)

    def total(self, name: str) -> int:
        """Return the sum of one number over the reports' tallies."""
        return sum(getattr(each.sweep.tally, name) for each in self.reports)

    def counter(self, name: str) -> dict[str, int]:
        """Return the sum of one counter over the reports' tallies, largest count first."""
        total: dict[str, int] = {}
        for each in self.reports:
            for key, number in getattr(each.sweep.tally, name).items():
                total[key] = total.get(key, 0) + number
        return dict(sorted(total.items(), key=lambda pair: -pair[1]))

    def failures(self, *, accepted: bool) -> dict[str, int]:
        """Return why items failed, largest count first: reasons in --accept, or all others."""
        total: dict[str, int] = {}
        for each in self.reports:
            for key, number in each.sweep.tally.failures.items():
                if (key.rpartition(": ")[2] in each.sweep.accept) == accepted:
                    total[key] = total.get(key, 0) + number
        return dict(sorted(total.items(), key=lambda pair: -pair[1]))


def content(reports: Sequence[OpenReport]) -> Content:
    """Read what the page says; raises ReportError for a damaged report."""
    views, all_runs, parts = [], list[Run](), list[Stretch]()
    timed = True
    for report in reports:
        each = _view_of(report)
        own = runs(each.name, each.sweep)
        found = stretches(report, own)
        timed = timed and bool(found)
        views.append(each)
        all_runs += own
        parts += found
    return Content(
        tuple(views),
        count_matches(reports),
        tuple(sorted(all_runs, key=lambda run: run.started)),
        tuple(sorted(parts, key=lambda part: part.started)) if timed else (),
    )


def _view_of(report: OpenReport) -> ReportView:
    info = info_of(report)
    return ReportView(report.name, info, verdict_line(info).plain)

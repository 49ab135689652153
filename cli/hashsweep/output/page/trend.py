"""What several sweeps found one after the other, the newest last. Knows no terminal."""

from collections.abc import Sequence

from hashsweep.analysis.filters import STANDING, Filter
from hashsweep.analysis.selection import Selection
from hashsweep.output.page.charts import Columns, columns
from hashsweep.output.page.markup import Cell, Html, element, join, table
from hashsweep.output.page.model import Content
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import SweepInfo

_HEAD = (
    *("began (UTC)", "report", "files", "files that match", "new matches", "failed", "accepted"),
    *("not looked into", "not compared", "outcome"),
)


def render(reports: Sequence[OpenReport], content: Content) -> Html:
    """Return a section with a chart and a row per sweep; nothing for one report.

    A match is new if the previous sweep of the same sources has none of the same file (and frame)
    with the same entry. Raises ReportError.
    """
    if len(reports) == 1:
        return Html("")
    opened = dict(zip(map(id, content.reports), reports, strict=True))
    before: dict[str, OpenReport] = {}
    rows: list[list[Cell]] = []
    for view in content.by_time:
        sweep, report = view.sweep, opened[id(view)]
        place = _place(sweep)
        new = _count_new(report, before[place]) if place in before else "-"
        before[place] = report
        tally = sweep.tally
        rows.append(
            [
                f"{sweep.started:%Y-%m-%d %H:%M}",
                view.name,
                tally.items,
                tally.matched_items,
                new,
                tally.failed - tally.accepted,
                tally.accepted,
                sum(tally.not_looked_into.values()),
                sum(tally.not_compared.values()),
                "INCOMPLETE" if sweep.incomplete else "complete",
            ]
        )
    found = [view.sweep.tally.matched_items for view in content.by_time]
    most = max(found)
    says = f"Files that match, sweep by sweep, the newest last; at most {most:,}"
    ends = [(0.0, str(rows[0][0])), (1.0, str(rows[-1][0]))]
    chart = columns(Columns(found, says, ends, f"{most:,} files that match"))
    title = element("h2", "Trend", id="trend-title")
    note = element("p", "A match is new if the previous sweep of the same sources did not have it.")
    made = [title, chart, table("Sweeps, the newest last", _HEAD, rows), note]
    return element("section", join(made), id="trend", tabindex=-1, aria_labelledby="trend-title")


def _place(sweep: SweepInfo) -> str:
    """Return what sweeps of the same sources, or of the same shard of them, have in common."""
    return repr((sorted(sweep.sources), sweep.shard))


def _count_new(report: OpenReport, before: OpenReport) -> int:
    found = Selection([report], "matches", Filter(decisions=STANDING))
    found.without([before])
    return sum(rows.num_rows for _, rows in found.batches())

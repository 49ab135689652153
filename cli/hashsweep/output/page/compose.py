"""Reports to the text of a page: what is read of them, and where it stands. Knows no list."""

import datetime
from collections.abc import Callable, Sequence

import pyarrow as pa

from hashsweep.analysis.near_misses import WITHIN, Nearest
from hashsweep.output.page import distances, sections, throughput
from hashsweep.output.page.document import Sections, page
from hashsweep.output.page.markup import Html, element, join
from hashsweep.output.page.model import Content, content
from hashsweep.output.page.top_matches import MOST, payload, strongest
from hashsweep.output.redaction import Redaction
from hashsweep.report.open_report import OpenReport
from hashsweep.safe_text import printable

Clusters = Callable[[pa.Table], pa.Array]
"""Rows of matches to the id of the content that each is about (see hashsweep.clusters)."""

HOW_TO = element(
    "p",
    "How many pictures lie a little beyond the limit is not in a report. ",
    element("code", "hashsweep report html --list LIST"),
    " compares the stored hashes with a list once more, up to "
    f"{WITHIN} bits, without reading any media.",
    class_="note",
)


def compose(
    reports: Sequence[OpenReport],
    clusters: Clusters,
    *,
    nearest: Nearest | None = None,
    redaction: Redaction | None = None,
    most: int = MOST,
    now: datetime.datetime,
) -> str:
    """Return the page of some reports, which tells the strongest `most` matches one by one.

    With a redaction, what names a file or a person is not on it. Raises ReportError.
    """
    told = content(reports)
    rows = strongest(reports, most)
    ids = clusters(rows)
    if redaction:
        rows = redaction.table(rows)
        ids = pa.array([redaction.cluster(each) for each in ids.to_pylist()], pa.string())
    data = payload(rows, ids, [report.name for report in told.reports])
    made = Sections(
        title=_title(told),
        verdicts=sections.verdicts(told),
        coverage=sections.coverage(told, redaction.name if redaction else printable),
        matches=sections.matches(told),
        hot=sections.hot(told, redaction.entry_id if redaction else printable),
        distances=_distances(told, nearest),
        pace=throughput.render(told.runs, told.stretches),
        failures=sections.failures(told),
        data=data,
        total=told.counts.rows + told.counts.overturned,
        is_redacted=redaction is not None,
    )
    return page(made, now)


def _title(told: Content) -> str:
    number = len(told.reports)
    what = f"report: {told.reports[0].name}" if number == 1 else f"{number} reports"
    return f"{'INCOMPLETE: ' if told.is_incomplete else ''}hashsweep {what}"


def _distances(told: Content, nearest: Nearest | None) -> Html:
    limit = told.limit
    counts = [told.counts.pdq[at] for at in range(max([limit, *told.counts.pdq]) + 1)]
    if nearest is None:
        return join([distances.of_matches(counts, limit), HOW_TO])
    return join(
        [
            element("h3", "Matches"),
            distances.of_matches(counts, limit),
            element("h3", "Pictures, by the nearest entry"),
            distances.of_pictures(nearest, limit),
        ]
    )

"""Composes the page of some reports: what to read from them, and where it goes. Knows no list."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from hashsweep.analysis.near_misses import WITHIN, Nearest
from hashsweep.analysis.review_queue import matches_of
from hashsweep.output.page import distances, sections, throughput, trend
from hashsweep.output.page.decision_rows import add_rows
from hashsweep.output.page.document import Sections, page
from hashsweep.output.page.markup import Html, element, join
from hashsweep.output.page.model import Content, content
from hashsweep.output.page.top_matches import MOST, payload, strongest
from hashsweep.output.redaction import Redaction
from hashsweep.report.open_report import OpenReport
from hashsweep.safe_text import printable

Clusters = Callable[[pa.Table], pa.Array]
"""Maps rows of matches to the cluster id of each one's content (see analysis.clusters)."""

HOW_TO = element(
    "p",
    "A report does not say how many pictures lie just beyond the limit. ",
    element("code", "hashsweep report html --list LIST"),
    " compares the stored hashes with a list again, up to "
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
    """Return the page of some reports, which lists the strongest `most` matches.

    A redaction removes anything that names a file or a person. Raises ReportError.
    """
    view = content(reports)
    total = view.counts.rows + view.counts.overturned
    data = _data(reports, clusters, redaction, most, is_all=total <= most)
    made = Sections(
        title=_title(view),
        verdicts=sections.verdicts(view),
        trend=trend.render(reports, view),
        coverage=sections.coverage(view, redaction.name if redaction else printable),
        matches=sections.matches(view),
        hot=sections.hot(view, redaction.entry_id if redaction else printable),
        distances=_distances(view, nearest),
        pace=throughput.render(view.runs, view.stretches),
        types=sections.media_types(view),
        failures=sections.failures(view),
        data=data,
        total=total,
        is_redacted=redaction is not None,
    )
    return page(made, now)


def _data(
    reports: Sequence[OpenReport],
    clusters: Clusters,
    redaction: Redaction | None,
    most: int,
    *,
    is_all: bool,
) -> dict[str, Any]:
    """Return the page's data: with what decisions need if `is_all`, and no name is redacted."""
    rows = strongest(reports, most)
    order = rows["number"].combine_chunks()
    matches = matches_of(reports) if is_all else rows
    ids = of_matches = clusters(matches)
    if is_all:
        ids = ids.take(order)
    if redaction:
        rows = redaction.table(rows)
        ids = pa.array([redaction.cluster(each) for each in ids.to_pylist()], pa.string())
    data = payload(rows, ids, [report.name for report in reports])
    if is_all and not redaction:
        add_rows(data, matches, of_matches, order)
    return data


def _title(view: Content) -> str:
    number = len(view.reports)
    what = f"report: {view.reports[0].name}" if number == 1 else f"{number} reports"
    return f"{'INCOMPLETE: ' if view.is_incomplete else ''}hashsweep {what}"


def _distances(view: Content, nearest: Nearest | None) -> Html:
    limit = view.limit
    counts = [view.counts.pdq[at] for at in range(max([limit, *view.counts.pdq]) + 1)]
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

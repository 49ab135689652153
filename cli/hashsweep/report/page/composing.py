"""Reports to the text of a page: what is read of them, and where it stands. Knows no list."""

import datetime
from collections.abc import Callable, Sequence

from hashsweep.report.names import shown
from hashsweep.report.opened import OpenReport, damaged
from hashsweep.report.page import distances, pace, sections
from hashsweep.report.page.content import Content, content
from hashsweep.report.page.distances import Nearest
from hashsweep.report.page.document import Sections, page
from hashsweep.report.page.markup import Html, element, joined
from hashsweep.report.page.strongest import MOST, Clusters, payload, strongest

HOW_TO = element(
    "p",
    "How many pictures lie a little beyond the limit is not in a report. ",
    element("code", "hashsweep report html --list LIST"),
    " compares the stored hashes with a list once more, up to "
    f"{distances.WITHIN} bits, without reading any media.",
    class_="note",
)


def composed(
    reports: Sequence[OpenReport],
    clusters: Clusters,
    *,
    nearest: Nearest | None = None,
    named: Callable[[str], str] = shown,
    most: int = MOST,
    now: datetime.datetime,
) -> str:
    """Return the page of some reports, which tells the strongest `most` matches one by one.

    `named` gives the text that stands for the name of a file or a source. Raises ReportError.
    """
    told = content(reports)
    data = payload(strongest(reports, most), [r.name for r in told.reports], named, clusters)
    with damaged(" or ".join(f"{each.name}/sweep.json" for each in told.reports)):
        made = Sections(
            title=_title(told),
            verdicts=sections.verdicts(told),
            coverage=sections.coverage(told, named),
            matches=sections.matches(told),
            hot=sections.hot(told),
            distances=_distances(told, nearest),
            pace=pace.told(told.runs, told.stretches),
            failures=sections.failures(told),
            data=data,
            total=told.counts.rows + told.counts.overturned,
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
        return joined([distances.of_matches(counts, limit), HOW_TO])
    return joined(
        [
            element("h3", "Matches"),
            distances.of_matches(counts, limit),
            element("h3", "Pictures, by the nearest entry"),
            distances.of_pictures(nearest, limit),
        ]
    )

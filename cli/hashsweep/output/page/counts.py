"""Counts every match of some reports, with one row group in memory at a time. Knows no terminal."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.report.columns import is_overturned
from hashsweep.report.open_report import OpenReport

_BY = ("tier", "algorithm", "list", "category")


@dataclass
class Counts:
    """Rows of matches, without those that reviewers have overturned.

    `by` counts (tier, algorithm, list, category); `pdq` counts rows by the distance (bits) of their
    PDQ, even if a stronger hash matched, too.
    """

    rows: int = 0
    overturned: int = 0
    by: Counter[tuple[str, ...]] = field(default_factory=Counter)
    pdq: Counter[int] = field(default_factory=Counter)

    def of(self, *names: str) -> Counter[tuple[str, ...]]:
        """Return the counts by any of tier, algorithm, list and category."""
        places = [_BY.index(name) for name in names]
        found: Counter[tuple[str, ...]] = Counter()
        for key, number in self.by.items():
            found[tuple(key[place] for place in places)] += number
        return found


def count_matches(reports: Iterable[OpenReport]) -> Counts:
    """Count the matches of reports; raises ReportError for one that is damaged."""
    total = Counts()
    for report in reports:
        for part in report.segments("matches"):
            for group in range(part.groups):
                _add(total, part.group(group, [*_BY, "evidence", "decision"]))
    return total


def _add(total: Counts, rows: pa.Table) -> None:
    kept = rows.filter(pc.invert(is_overturned(rows["decision"])))
    total.overturned += rows.num_rows - kept.num_rows
    rows = kept
    total.rows += rows.num_rows
    for each in rows.group_by([*_BY]).aggregate([([], "count_all")]).to_pylist():
        total.by[tuple(each[name] or "" for name in _BY)] += each["count_all"]
    pairs = pc.list_flatten(rows["evidence"])
    of_pdq = pairs.filter(pc.equal(pc.struct_field(pairs, "algorithm"), "pdq"))
    distances = pc.value_counts(pc.struct_field(of_pdq, "distance"))
    total.pdq.update({each["values"]: each["counts"] for each in distances.to_pylist()})

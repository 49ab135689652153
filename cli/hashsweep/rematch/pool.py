"""Merges the rows of several reports: the newest rows of each item, in one set of columns.

Reads row groups on demand; keeps 16 bytes per item if there are several reports.
Knows no list and no terminal.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.errors import ReportError, UsageProblem
from hashsweep.rematch.newest import Ids, SeenItems
from hashsweep.report import schema
from hashsweep.report.columns import with_columns
from hashsweep.report.item_index import halves
from hashsweep.report.open_report import OpenReport, find_period, last_swept
from hashsweep.report.segments import Segment
from hashsweep.report.tally_columns import hash_columns

if TYPE_CHECKING:
    from hashsweep.report.sweep_json import HashInfo

_FURTHER = {"pdq": ("frame_hashes", "kept_views", "views")}
"""Columns that hold more hashes of the same algorithm and version."""

_SOURCES_OWN = (
    "md5"  # may be in a report whose sweep did not compute it but took it from the source
)


class Batch(NamedTuple):
    """Whole items of one report, and their matches in it.

    `files` has the columns of Pool.schema, `earlier` those of schema.MATCHES.
    """

    report: int
    files: pa.Table
    earlier: pa.Table


class Pool:
    """Reports, the newest first. Raises ReportError for one that cannot be read.

    `hashes` are what reports say about the algorithms used, by name. A report's hashes of
    another version are not used: `unused` has their name -> version, for each report.
    `superseded` counts, for each report, the items for which a newer one has rows; complete after
    `batches`.
    """

    def __init__(
        self, reports: Sequence[OpenReport], version_of: Callable[[str], str | None]
    ) -> None:
        """`version_of` gives today's version of an algorithm, None if it is not known here."""
        self.reports = sorted(reports, key=last_swept, reverse=True)
        _check_apart(self.reports)
        self.rows = 0
        self.schema = schema.FILES
        self.hashes: dict[str, HashInfo] = {}
        self.unused: list[dict[str, str]] = [{} for _ in self.reports]
        self._left_out: list[set[str]] = [set() for _ in self.reports]
        self.superseded = [0] * len(self.reports)
        self._survey(version_of)

    def _survey(self, version_of: Callable[[str], str | None]) -> None:
        """Read all footers: the columns, the number of rows, and whether the keys fit."""
        for number, report in enumerate(self.reports):
            stated = {each.name: each for each in report.sweep.hashes}
            for part in report.segments("files"):
                self.rows += part.rows
                for name in hash_columns(part.schema):
                    self._take(name, part)
                    if mine := stated.get(name):
                        known = self.hashes.get(name, mine).version
                        if mine.version == (version_of(name) or known):
                            self.hashes.setdefault(name, mine)
                            continue
                        self.unused[number][name] = mine.version
                    if mine or name != _SOURCES_OWN:
                        self._left_out[number] |= {name, *_FURTHER.get(name, ())}

    def _take(self, name: str, part: Segment) -> None:
        kind = part.schema.field(name).type
        if name not in self.schema.names and isinstance(kind, pa.FixedSizeBinaryType):
            self.schema = self.schema.append(part.schema.field(name))
        if name not in self.schema.names or self.schema.field(name).type != kind:
            raise ReportError(f"report {part.path} does not have the columns of a report")

    def batches(self) -> Iterator[Batch]:
        """Yield the rows of all reports, each item's together."""
        met = SeenItems()
        for number, report in enumerate(self.reports):
            is_last = number == len(self.reports) - 1
            ids: list[Ids] = []
            for part in report.segments("files"):
                matches = report.segment("matches", part.path.name).table()
                earlier = with_columns(matches, schema.MATCHES)
                for found in _whole_items(part):
                    files, own = self._newest(found, number, met)
                    ids += [] if is_last else [own]
                    if files.num_rows:
                        mine = pc.is_in(earlier["item_id"], value_set=files["item_id"])
                        yield Batch(number, files, earlier.filter(mine))
            if not is_last:
                met.add(ids)

    def _newest(self, found: pa.Table, number: int, met: SeenItems) -> tuple[pa.Table, Ids]:
        """Return the rows of items that are in no newer report, and the ids of their files."""
        left_out = self._left_out[number]
        found = found.drop_columns([name for name in found.column_names if name in left_out])
        files = with_columns(found, self.schema)
        ids = halves(files["item_id"])
        is_file = files["part"].is_null().to_numpy()
        if len(met):
            old = met.holds(ids)
            self.superseded[number] += int(np.count_nonzero(old & is_file))
            if old.any():
                files = files.filter(pa.array(~old))
        return files, ids[is_file]


def _check_apart(reports: Sequence[OpenReport]) -> None:
    """Raise UsageProblem if one report's rows may be both older and newer than another's."""
    for report in reports:
        first, last = find_period(report)
        for other in reports:
            if first < last and any(first < when < last for when in find_period(other)):
                raise UsageProblem(
                    f"{report.name} is based on reports from before and after {other.name}: name "
                    "the reports it is based on"
                )


def _whole_items(part: Segment) -> Iterator[pa.Table]:
    """Yield the rows of a part by row groups, but never a file's without its further frames'."""
    held: pa.Table | None = None
    for number in range(part.groups):
        group = part.group(number)
        found = pa.concat_tables([held, group]) if held is not None else group
        starts = np.flatnonzero(found["part"].is_null().to_numpy())
        if found.num_rows and not (starts.size and starts[0] == 0):
            raise ReportError(f"report {part.path} is damaged: a frame is without its file")
        cut = int(starts[-1]) if starts.size and number < part.groups - 1 else found.num_rows
        yield found.slice(0, cut)
        held = found.slice(cut)

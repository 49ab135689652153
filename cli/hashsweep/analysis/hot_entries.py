"""Finds list entries that match implausibly many different pictures: a blank, a logo, a mistake.

So one bad list row is found before it floods a review. Knows no terminal and writes
nothing; its memory does not grow with the number of rows.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.clusters import COLUMNS, cluster_contents, content_keys
from hashsweep.model import OF_FILES
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import HotEntry
from hashsweep.variants import ALTERED

MOST_PICTURES = 1_000
"""Most pictures of one entry that are distinguished; this number means "or more"."""

_AT_MOST = 4 * MOST_PICTURES  # contents of an entry held before its copies are merged
_AT_A_TIME = 100_000  # contents held at a time; further entries need another pass over the rows


def hot_entries(report: OpenReport, after: int) -> list[HotEntry]:
    """Return the entries that match more than `after` different pictures, in as many files.

    `pictures` is at most MOST_PICTURES; those with most pictures come first. Near copies are
    one picture, but for plain ones, which look alike: of these only copies by their digest are one.
    Matches by digests do not count: those are copies of one file. Raises ReportError.
    """
    counts = _files(report)
    counts = counts.filter(pc.greater(counts["files"], after))
    weights = np.minimum(counts["files"].to_numpy(), _AT_MOST).cumsum() // _AT_A_TIME
    hot = []
    for number in np.unique(weights):
        some = counts.filter(pa.array(weights == number))
        pictures = _pictures(report, some["entry"].combine_chunks())
        for row, found in zip(some.to_pylist(), pictures, strict=True):
            if found > min(after, MOST_PICTURES - 1):
                name, entry_id = row["entry"].split(b"\0", 1)
                hot.append(
                    HotEntry(
                        list=name.decode(),
                        entry_id=entry_id.decode(),
                        files=row["files"],
                        pictures=found,
                    )
                )
    return sorted(hot, key=lambda each: (-each.pictures, each.list, each.entry_id or ""))


def _rows(report: OpenReport) -> Iterator[pa.Table]:
    """Yield (entry, item_id, content, pdq) of all matches by perceptual hashes, part by part."""
    wanted = {*COLUMNS, "list", "entry_id", "tier", "variant"}
    for part in report.segments("matches"):
        table = part.table([name for name in part.schema.names if name in wanted])
        table = table.filter(pc.invert(pc.is_in(table["tier"], value_set=pa.array(OF_FILES))))
        names = [pc.fill_null(table[name], "").cast(pa.binary()) for name in ("list", "entry_id")]
        pdq = table["pdq"] if "pdq" in table.column_names else pa.nulls(len(table), pa.binary(32))
        yield pa.table(
            {
                "entry": pc.binary_join_element_wise(*names, b"\0"),
                "item_id": table["item_id"],
                "content": content_keys(table),
                "pdq": pc.if_else(_are_plain(table), pa.scalar(None, pdq.type), pdq),
            }
        )


def _are_plain(table: pa.Table) -> pa.ChunkedArray:
    """Say which rows are `altered` for a low quality of the picture or the entry, not by a view."""
    is_view = pc.is_in(table["variant"], value_set=pa.array(sorted(ALTERED), pa.string()))
    return pc.and_(pc.equal(table["tier"], "altered"), pc.invert(is_view))


def _files(report: OpenReport) -> pa.Table:
    """Return (entry, files): in how many items each entry matched. An item is in one part."""
    total = pa.table({"entry": pa.array([], pa.binary()), "files": pa.array([], pa.int64())})
    for rows in _rows(report):
        own = rows.group_by("entry").aggregate([("item_id", "count_distinct")])
        own = own.rename_columns(
            ["files" if name == "item_id_count_distinct" else name for name in own.column_names]
        )
        total = pa.concat_tables([total, own.select(["entry", "files"])])
        if len(total) > _AT_A_TIME:
            total = _sum_files(total)
    return _sum_files(total)


def _sum_files(counts: pa.Table) -> pa.Table:
    found = counts.group_by("entry").aggregate([("files", "sum")])
    return pa.table({"entry": found["entry"], "files": found["files_sum"]})


def _pictures(report: OpenReport, entries: pa.Array) -> list[int]:
    """Return how many pictures each entry matched."""
    held: list[_Contents] = [_Contents() for _ in range(len(entries))]
    for rows in _rows(report):
        which = pc.index_in(rows["entry"], value_set=entries)
        table = rows.append_column("which", which).filter(pc.is_valid(which))
        table = table.group_by(["which", "content", "pdq"]).aggregate([])
        for row in table.to_pylist():
            held[row["which"]].add(row["content"], row["pdq"])
    return [min(each.pictures(), MOST_PICTURES) for each in held]


class _Contents:
    """The contents that one entry matched, a bounded number of them."""

    def __init__(self) -> None:
        self._seen: set[tuple[bytes, bytes | None]] = set()

    def add(self, content: bytes, pdq: bytes | None) -> None:
        """Add one, unless there are enough already."""
        if len(self._seen) == _AT_MOST:
            return
        self._seen.add((content, pdq))
        if len(self._seen) == _AT_MOST and len(first := self._first_of_each()) < MOST_PICTURES:
            self._seen = first  # merged copies make room; a chain of them may now count as two

    def pictures(self) -> int:
        """Return the number of different pictures."""
        return len(self._first_of_each())

    def _first_of_each(self) -> set[tuple[bytes, bytes | None]]:
        seen = sorted(self._seen, key=lambda each: (each[0], each[1] or b""))
        keys = pa.array([content for content, _ in seen], pa.binary())
        pdqs = pa.array([pdq for _, pdq in seen], pa.binary(32))
        _, smallest = cluster_contents(keys, pdqs)
        return {seen[at] for at in np.unique(smallest, return_index=True)[1].tolist()}

"""Selects the wanted rows of one table in several reports, batch by batch. Knows no terminal."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.filters import Filter
from hashsweep.analysis.ordering import TIME
from hashsweep.analysis.own_hashes import with_own_hashes
from hashsweep.errors import REASONS
from hashsweep.report import schema
from hashsweep.report.columns import codes_of
from hashsweep.report.open_report import OpenReport

_OF_MATCH = ("item_id", "part", "list", "entry_id")


class Selection:
    """Rows of a table that pass a filter, report by report.

    `undated` counts, while rows are read, those that only lacked a time to compare. The parts
    are listed at the start, so a running sweep does not change the result.
    """

    def __init__(self, reports: Sequence[OpenReport], table: str, wanted: Filter) -> None:
        """`table` is "files", "matches" or "retractions"."""
        self._table = table
        self._wanted = wanted
        self._parts = [(report, name) for report in reports for name in report.names(table)]
        self._clusters: tuple[pa.Array, pa.Array] | None = None
        self._known: pa.Array | None = None
        self._is_timed = False
        self.undated = 0

    def columns(self) -> list[str]:
        """Return the columns that the parts have, in order of first appearance."""
        names: dict[str, None] = {}
        seen = set()
        for report, name in self._parts:
            if report.name not in seen:  # all parts of a report have the same columns
                seen.add(report.name)
                names |= dict.fromkeys(report.segment(self._table, name).schema.names)
        return [*names, *["cluster"] * (self._clusters is not None)]

    def contents(self, columns: Sequence[str]) -> pa.Table:
        """Return these columns of all matches, wanted or not, in order.

        Hashes are as in `with_own_hashes`. All in memory at once: there are few matches.
        """
        kinds = pa.schema([schema.MATCHES.field(name) for name in columns])
        tables = [with_own_hashes(report, name, columns) for report, name in self._parts]
        return pa.concat_tables([kinds.empty_table(), *tables])

    def with_clusters(self, ids: pa.Array, wanted: Collection[str] = ()) -> None:
        """Add the column `cluster`; keep only rows of the `wanted` clusters, if any are given.

        `ids` are for all rows, in the order of `contents`. Call it before rows are read.
        """
        self._clusters = ids, pa.array(list(wanted), pa.string())

    def with_times(self) -> None:
        """Add the column ordering.TIME. Call it before rows are read."""
        self._is_timed = True

    def without(self, earlier: Sequence[OpenReport]) -> None:
        """Leave out rows that one of these reports also has.

        These are matches of the same item and frame with the same entry, and files that had all of
        the same reasons, whatever the details. Keeps 32 bytes and the names of each match
        or reason in memory. Call it before rows are read.
        """
        if self._table == "files":
            told = Selection(earlier, "files", Filter(reasons=[*REASONS])).batches()
            keys = [_reason_keys(rows)["key"] for _, rows in told]
            chunks = [chunk for each in keys for chunk in each.chunks]
            self._known = pa.chunked_array(chunks, pa.binary()).combine_chunks()
            return
        found = Selection(earlier, self._table, Filter()).contents(_OF_MATCH)
        self._known = _keys(found).combine_chunks()

    def batches(self) -> Iterator[tuple[OpenReport, pa.RecordBatch]]:
        """Yield wanted rows with their report; skips empty batches.

        Reads all columns, whichever are wanted, so that damage to any of them is reported.
        """
        self.undated = 0
        start = 0
        for report, name in self._parts:
            part = report.segment(self._table, name)
            needs_times = self._wanted.is_dated or self._is_timed
            files = files_beside(report, name, ["mtime"]) if needs_times else None
            for batch in part.batches():
                rows = self._with_cluster(batch, start)
                start += len(batch)
                if files is not None and self._is_timed:
                    times = join_column(files, rows.column("item_id"), "mtime")
                    rows = rows.append_column(TIME, times)
                if (kept := rows.filter(self._mask(rows, files))).num_rows:
                    yield report, kept

    def _with_cluster(self, batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
        if self._clusters is None:
            return batch
        return batch.append_column("cluster", self._clusters[0].slice(start, len(batch)))

    def _is_new(self, batch: pa.RecordBatch, known: pa.Array) -> Any:
        """Say which rows are in none of the earlier reports."""
        if self._table != "files":
            return pc.invert(pc.is_in(_keys(batch), value_set=known))
        found = _reason_keys(batch)
        rows = found["row"].filter(pc.invert(pc.is_in(found["key"], value_set=known)))
        numbers = pa.array(np.arange(len(batch)))
        return pc.is_in(numbers, value_set=rows.combine_chunks())

    def _mask(self, batch: pa.RecordBatch, files: pa.Table | None) -> Any:
        mask = self._wanted.mask(batch)
        if self._clusters is not None and len(wanted := self._clusters[1]):
            mask = pc.and_(mask, pc.is_in(batch.column("cluster"), value_set=wanted))
        if self._known is not None:
            mask = pc.and_(mask, self._is_new(batch, self._known))
        if files is not None and self._wanted.is_dated:
            # matches and further frames have the time of their file
            mtime = join_column(files, batch.column("item_id"), "mtime")
            self.undated += pc.sum(pc.and_(mask, pc.is_null(mtime))).as_py() or 0
            mask = pc.and_(mask, self._wanted.match_dates(mtime))
        return mask


def _reason_keys(files: pa.RecordBatch) -> pa.Table:
    """Return unique keys of the files' reasons.

    Columns: `row` int64, the row it belongs to; `key` pa.binary().
    """
    codes = codes_of(files.column("reasons"))
    items = files.column("item_id").cast(pa.binary()).take(codes["row"])
    key = pc.binary_join_element_wise(items, codes["code"].cast(pa.binary()), b"\0")
    return pa.table({"row": codes["row"], "key": key})


def _keys(matches: pa.Table | pa.RecordBatch) -> Any:
    """Return a unique key of each match of a file and an entry: pa.binary()."""
    columns = [pc.fill_null(matches.column(name).cast(pa.binary()), b"") for name in _OF_MATCH]
    return pc.binary_join_element_wise(*columns, b"\0")


def files_beside(report: OpenReport, name: str, columns: Sequence[str]) -> pa.Table:
    """Return columns of the files of a part (not of further frames), to join to its rows.

    A killed sweep may have left matches without their files: then there are no rows.
    """
    if name not in report.names("files"):
        kinds = [schema.FILES.field(each) for each in ("item_id", "part", *columns)]
        return pa.schema(kinds).empty_table()
    files = report.segment("files", name).table(["item_id", "part", *columns])
    return files.filter(pc.is_null(files["part"])).combine_chunks()


def join_column(files: pa.Table, item_ids: Any, column: str) -> Any:
    """Return a column of `files` for each of these items; null for a missing item."""
    places = pc.index_in(item_ids, value_set=files["item_id"].combine_chunks())
    return pc.take(files[column].combine_chunks(), places)

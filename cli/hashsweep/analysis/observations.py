"""What several reports say about items, contents and matches, as narrow tables to count.

Works on one share of all ids at a time, so memory depends on the size of a share, not the number
of items. Knows no terminal.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.selection import files_beside, join_column
from hashsweep.model import TIERS
from hashsweep.report.columns import first_reason
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segments import Segment
from hashsweep.report.tally_columns import hash_columns

SHARE_ROWS = 1_000_000
"""About how many rows of `files` are in a share; counting them takes less than 0.4 GB."""

CODED = {"media-type": "media_type", "reason": "reason", "known_good": "known_good"}
"""What a file is counted by, and its column; only the first reason counts."""

DECISION_RANKS = {"overturned": 0, None: 1, "confirmed": 2}
"""Decisions as numbers: a file has the greatest of its frames."""

_PREFIXES = 1 << 16  # of ids, for dividing them into shares; ids are evenly distributed


class Codes:
    """Numbers texts, the same way in every part; null stays null."""

    def __init__(self) -> None:
        self.values: list[str] = []
        self._numbers: dict[str, int] = {}

    def encode(self, column: Any) -> pa.Array:
        """Return int32 numbers for a column of strings."""
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        found = column.dictionary_encode()
        numbers = [self._number(value) for value in found.dictionary.to_pylist()]
        return pc.take(pa.array(numbers, pa.int32()), found.indices)

    def text(self, code: int | None) -> str | None:
        """Return the text of a number; None for null."""
        return None if code is None else self.values[code]

    def code(self, text: str) -> int:
        """Return the number of a text; -1 if unknown."""
        return self._numbers.get(text, -1)

    def _number(self, value: str) -> int:
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        return self._numbers[value]


class Observed:
    """The rows of reports, which are numbered in the given order.

    Files: `report`, `item_id`, `size`, `failed`, `hashed`, one `hash:NAME` per hash of `hashes`,
    and codes of `media-type`, `reason` and `known_good`. Contents: `report`, `content` (a digest),
    the same codes. Matches: `report`, `item_id`, `list`, `entry`, `category`, `algorithm`, `tier`,
    `decision` (see DECISION_RANKS), the codes of their files; one row for all frames of a file, the
    strongest. Raises ReportError.
    """

    def __init__(self, reports: Sequence[OpenReport], hashes: Sequence[str] = ()) -> None:
        """Fix the parts to read; `hashes` are the ones to count separately."""
        self._hashes = hashes
        self._parts = [
            (number, report, name)
            for number, report in enumerate(reports)
            for name in report.names("files")
        ]
        rows = sum(report.segment("files", name).rows for _, report, name in self._parts)
        self.shares = min(max(-(-rows // SHARE_ROWS), 1), _PREFIXES)
        names = ("media-type", "reason", "known_good", "list", "category", "algorithm", "tier")
        self.codes = {name: Codes() for name in names}

    def files(self, share: int) -> pa.Table:
        """Return the items of a share (from 0), those of later reports last."""
        wanted = ("item_id", "part", "size", "status", "media_type", "reasons", "known_good")
        found = []
        for number, part in self._files():
            hashes = hash_columns(part.schema)
            for rows in self._groups(part, [*wanted, *hashes], "item_id", share):
                there = [pc.is_valid(rows[name]) for name in hashes]
                nothing = pc.is_null(rows["status"])  # a column of false: status is never null
                columns = {
                    "report": _repeat(number, rows),
                    "item_id": rows["item_id"],
                    "size": pc.fill_null(rows["size"], 0),
                    "failed": pc.equal(rows["status"], "failed"),
                    "hashed": reduce(pc.or_, there, nothing),
                    **self._codes_of(rows),
                }
                for name in self._hashes:
                    columns[f"hash:{name}"] = (
                        there[hashes.index(name)] if name in hashes else nothing
                    )
                found.append(pa.table(columns))
        return _join_tables(found)

    def contents(self, digest: str, share: int) -> pa.Table:
        """Return the contents of a share of digests, with the codes of their files."""
        wanted = ["part", digest, "media_type", "reasons", "known_good"]
        found = []
        for number, part in self._files():
            if digest not in part.schema.names:
                continue
            for rows in self._groups(part, wanted, digest, share):
                columns = {"report": _repeat(number, rows), "content": rows[digest]}
                found.append(pa.table(columns | self._codes_of(rows)))
        return _join_tables(found)

    def matches(self, share: int) -> pa.Table:
        """Return the matches of a share of items, those of later reports last."""
        found = [self._part_of_matches(*each, share) for each in self._parts]
        tables = [table for table in found if table is not None]
        return _join_tables(tables).sort_by("report") if tables else pa.table({})

    def _files(self) -> Iterator[tuple[int, Segment]]:
        for number, report, name in self._parts:
            yield number, report.segment("files", name)

    def _groups(
        self, part: Segment, columns: Sequence[str], key: str, share: int
    ) -> Iterator[pa.Table]:
        """Yield rows of files themselves, not of further frames, whose key is in the share."""
        for number in range(part.groups):
            rows = part.group(number, columns)
            rows = rows.filter(pc.and_(pc.is_null(rows["part"]), pc.is_valid(rows[key])))
            rows = rows.combine_chunks()
            yield rows if self.shares == 1 else rows.filter(self._is_in(rows[key], share))

    def _is_in(self, ids: Any, share: int) -> pa.Array:
        whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
        size = whole.type.byte_width
        data = np.frombuffer(whole.buffers()[1] or b"", np.uint8)
        rows = data[whole.offset * size : (whole.offset + len(whole)) * size].reshape(-1, size)
        prefixes = rows[:, 0].astype(np.int64) * 256 + rows[:, 1]
        return pa.array(prefixes * self.shares // _PREFIXES == share)

    def _codes_of(self, rows: pa.Table) -> dict[str, pa.Array]:
        rows = rows.append_column("reason", first_reason(rows["reasons"]))
        return {key: self.codes[key].encode(rows[name]) for key, name in CODED.items()}

    def _part_of_matches(
        self, number: int, report: OpenReport, name: str, share: int
    ) -> pa.Table | None:
        if name not in report.names("matches"):
            return None
        part = report.segment("matches", name)
        wanted = ("item_id", "list", "entry_id", "category", "algorithm", "tier", "distance")
        rows = part.table([*wanted, "decision"]).combine_chunks()
        if self.shares > 1:
            rows = rows.filter(self._is_in(rows["item_id"], share))
        if not rows.num_rows:
            return None
        files = files_beside(report, name, ["media_type", "reasons", "known_good"])
        files = files.append_column("reason", first_reason(files["reasons"]))
        beside = {name: join_column(files, rows["item_id"], name) for name in CODED.values()}
        coded = ("list", "category", "algorithm", "tier")
        return _strongest(
            pa.table(
                {
                    "report": _repeat(number, rows),
                    "item_id": rows["item_id"],
                    "entry": rows["entry_id"],
                    **{each: self.codes[each].encode(rows[each]) for each in coded},
                    **{key: self.codes[key].encode(beside[name]) for key, name in CODED.items()},
                    "decision": number_values(rows["decision"], DECISION_RANKS),
                    "weight": number_values(rows["tier"], {t: n for n, t in enumerate(TIERS)}),
                    "distance": rows["distance"],
                    "name": rows["algorithm"],
                }
            )
        )


def _strongest(rows: pa.Table) -> pa.Table:
    """Return one row per item and entry: that of the strongest frame, with the decision for all."""
    by = ["weight", "distance", "name"]
    ordered = rows.sort_by([(name, "descending") for name in by]).drop_columns(by)
    return latest(ordered, ["report", "item_id", "list", "entry"], {"decision": "max"})


def latest(rows: pa.Table, keys: Sequence[str], others: dict[str, str] | None = None) -> pa.Table:
    """Return one row per value of `keys`, with all other columns from its last row.

    Columns in `others` use their own pyarrow function instead. Keeps the order of first rows.
    """
    others = others or {}
    values = [name for name in rows.column_names if name not in keys]
    with_nulls = pc.ScalarAggregateOptions(skip_nulls=False)
    made = rows.group_by(list(keys), use_threads=False).aggregate(
        [(n, others[n]) if n in others else (n, "last", with_nulls) for n in values]
    )
    names = {name: f"{name}_{others.get(name, 'last')}" for name in values}
    return pa.table({name: made[names.get(name, name)] for name in rows.column_names})


def number_values(column: Any, numbers: dict[Any, int]) -> Any:
    """Return int8 numbers for texts; an unknown text counts as the last one."""
    known = [text for text in numbers if text is not None]
    places = pc.index_in(column, value_set=pa.array(known, pa.string()))
    values = pa.array([numbers[text] for text in known], pa.int8())
    missing = pa.scalar(numbers.get(None, len(known)), pa.int8())
    return pc.fill_null(pc.take(values, places), missing)


def _repeat(number: int, rows: pa.Table) -> pa.Array:
    return pa.repeat(pa.scalar(number, pa.int32()), len(rows))


def _join_tables(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).combine_chunks() if tables else pa.table({})

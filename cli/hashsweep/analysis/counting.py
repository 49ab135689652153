"""Counts observations by period, by facts of a sweep, and by columns of rows.

Knows no file and no terminal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.observations import DECISION_RANKS, Codes, latest

Key = tuple[str | None, ...]
Named = Mapping[str, str | None]
"""Values by dimension."""


class Counting:
    """Counts by the dimensions `by`.

    `periods` gives, for each report, the values of the dimensions that are periods: within one of
    them an item, a content or a match counts once. `covered` pairs values of dimensions that are
    facts of a sweep (its lists, its hashes) with the numbers of the reports that have them.
    """

    def __init__(
        self,
        by: Sequence[str],
        periods: Sequence[Named],
        covered: Sequence[tuple[Named, Sequence[int]]],
        codes: Mapping[str, Codes],
    ) -> None:
        """`codes` say what codes mean in the tables to come (see observations.Observed)."""
        self._by, self._codes = by, codes
        self._covered = [(named, tuple(numbers)) for named, numbers in covered]
        of_reports = [tuple(sorted(named.items())) for named in periods]
        distinct = list(dict.fromkeys(of_reports))
        self._periods = [dict(each) for each in distinct]
        self._period_of = pa.array([distinct.index(each) for each in of_reports], pa.int32())
        self._all = tuple(range(len(periods)))
        self.counts: dict[Key, Counter[str]] = {}

    def add_reports(self) -> None:
        """Count the reports of every key, so that it exists even if nothing was found."""
        for named, numbers in self._covered:
            for number in self._period_of.take(pa.array(numbers, pa.int32())).to_pylist():
                self._add({**self._periods[number], **named}, {"reports": 1})

    def add_files(self, files: pa.Table) -> None:
        """Count items, each by its last row."""
        last: dict[tuple[int, ...], pa.Table] = {}
        for named, numbers in self._covered if files.num_rows else ():
            if numbers not in last:
                last[numbers] = latest(self._choose(files, numbers), ["period", "item_id"])
            rows = last[numbers]
            algorithm, of_list = named.get("algorithm"), named.get("list")
            good = pc.is_valid(rows["known_good"])
            if of_list is not None:
                good = pc.equal(rows["known_good"], self._codes["known_good"].code(of_list))
            figures = {
                "seen": pc.is_valid(rows["item_id"]),
                "bytes": rows["size"],
                "hashed": rows["hashed" if algorithm is None else f"hash:{algorithm}"],
                "unreadable": rows["failed"],
                "known_good": good,
            }
            self._sum(rows, figures, named)

    def add_contents(self, contents: pa.Table) -> None:
        """Count different contents."""
        for named, numbers in self._covered if contents.num_rows else ():
            rows = self._choose(contents, numbers)
            rows = rows.group_by([*self._keys(rows), "content"]).aggregate([])
            self._sum(rows, {"unique_contents": pc.is_valid(rows["content"])}, named)

    def add_matches(self, matches: pa.Table) -> None:
        """Count matches, each with its latest decision, and the items that have one."""
        if not matches.num_rows:
            return
        rows = self._choose(matches, self._all)
        decision = rows["decision"]
        decision = pc.if_else(pc.equal(decision, DECISION_RANKS[None]), None, decision)
        rows = rows.set_column(rows.column_names.index("decision"), "decision", decision)
        rows = latest(rows, ["period", "item_id", "list", "entry"], {"decision": "last"})
        overturned, confirmed = (
            pc.fill_null(pc.equal(rows["decision"], DECISION_RANKS[each]), fill_value=False)
            for each in ("overturned", "confirmed")
        )
        stands = pc.invert(overturned)
        figures = {
            "matches": stands,
            "undecided": pc.is_null(rows["decision"]),
            "confirmed": confirmed,
            "overturned": overturned,
        }
        self._sum(rows, figures, {})
        items = rows.filter(stands)
        items = items.group_by([*self._keys(items), "item_id"]).aggregate([])
        self._sum(items, {"matched_files": pc.is_valid(items["item_id"])}, {})

    def _choose(self, rows: pa.Table, numbers: tuple[int, ...]) -> pa.Table:
        """Return the rows of some reports, with their period's number instead of their own."""
        if numbers != self._all:
            rows = rows.filter(pc.is_in(rows["report"], value_set=pa.array(numbers, pa.int32())))
        at = rows.column_names.index("report")
        return rows.set_column(at, "period", pc.take(self._period_of, rows["report"]))

    def _keys(self, rows: pa.Table) -> list[str]:
        return ["period", *(name for name in self._by if name in rows.column_names)]

    def _sum(self, rows: pa.Table, figures: Mapping[str, Any], named: Named) -> None:
        """Add figures (numbers or booleans, one per row) to the counts of the rows' keys."""
        keys = self._keys(rows)
        numbers = {name: column.cast(pa.int64()) for name, column in figures.items()}
        table = pa.table({name: rows[name] for name in keys} | numbers)
        sums = table.group_by(keys).aggregate([(name, "sum") for name in figures])
        for row in sums.to_pylist():
            texts = {name: self._codes[name].text(row[name]) for name in keys[1:]}
            self._add(
                {**self._periods[row["period"]], **named, **texts},
                {name: row[f"{name}_sum"] or 0 for name in figures},
            )

    def _add(self, named: Named, counts: Mapping[str, int]) -> None:
        key = tuple(named[name] for name in self._by)
        self.counts.setdefault(key, Counter()).update(counts)

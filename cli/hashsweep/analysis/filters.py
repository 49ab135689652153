"""Selects rows of a report, by masks over batches: never a loop over rows.

Knows no file and no terminal.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.errors import UsageProblem
from hashsweep.globs import as_re2
from hashsweep.report import schema
from hashsweep.report.columns import has_reason
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.safe_text import as_text

UNDECIDED = "none"
"""The filter's word for a match without a decision, whose column is null."""

STANDING = (UNDECIDED, "confirmed")
"""The decisions of matches that were not overturned."""

Condition = Callable[[Any], Any]

_OF_MATCHES = {
    "lists": "--list",
    "categories": "--category",
    "algorithms": "--algorithm",
    "tiers": "--tier",
    "decisions": "--decision",
    "min_distance": "--min-distance",
    "max_distance": "--max-distance",
}
_OF_FILES = {"reasons": "--reason", "media_types": "--media-type"}
_KINDS = {field.name: field.type for table in (schema.FILES, schema.MATCHES) for field in table}


@dataclass(frozen=True)
class Filter:
    """Conditions on a row: any of a field's values will do; empty and None match everything.

    `min_distance` and `max_distance` are bits, inclusive. `paths` and `media_types` are shell
    patterns (globs.py), `items` are ids of 16 bytes. `modified_since` and `modified_until` are
    nanoseconds since 1970 UTC, inclusive, and are compared with the file's `mtime` by microseconds.
    With `possible` only files with leads are wanted.
    """

    lists: Sequence[str] = ()
    categories: Sequence[str] = ()
    algorithms: Sequence[str] = ()
    tiers: Sequence[str] = ()
    decisions: Sequence[str] = ()
    min_distance: int | None = None
    max_distance: int | None = None
    paths: Sequence[str] = ()
    items: Sequence[bytes] = ()
    reasons: Sequence[str] = ()
    media_types: Sequence[str] = ()
    failed: bool = False
    possible: bool = False
    modified_since: int | None = None
    modified_until: int | None = None

    def check(self, table: str, sweeps: Sequence[SweepInfo]) -> None:
        """Raise UsageProblem for a condition that does not fit the table, or an unknown name.

        A misspelled list or algorithm must not look like one without matches.
        """
        others = _OF_MATCHES if table == "files" else _OF_FILES
        wrong = [option for name, option in others.items() if getattr(self, name) not in ((), None)]
        if wrong:
            goes_with = "matches or retractions" if table == "files" else "files or failed"
            raise UsageProblem(f"{', '.join(wrong)} can only be used with --what {goes_with}")
        if table == "retractions":
            return  # their lists are those of earlier reports
        for wanted, known, noun in (
            (self.lists, "lists", "list"),
            (self.algorithms, "hashes", "hash"),
        ):
            names = {as_text(each.name)[0] for sweep in sweeps for each in getattr(sweep, known)}
            for name in wanted:
                if as_text(name)[0] not in names:
                    there = ", ".join(sorted(names)) or "none"
                    raise UsageProblem(f"no {noun} {name} in these reports (they have: {there})")

    @property
    def is_dated(self) -> bool:
        """Whether it has a condition on the modification time."""
        return self.modified_since is not None or self.modified_until is not None

    def mask(self, rows: pa.RecordBatch | pa.Table) -> Any:
        """Return whether each row is wanted, ignoring dates; a missing column is null.

        Null fulfils no condition except `decisions` with UNDECIDED.
        """
        there = set(rows.schema.names)
        masks = (
            _sure(
                condition(rows.column(name) if name in there else pa.nulls(len(rows), _KINDS[name]))
            )
            for name, condition in self._conditions()
        )
        return reduce(pc.and_, masks, pa.repeat(pa.scalar(value=True), len(rows)))

    def match_dates(self, mtime: Any) -> Any:
        """Return whether each time is wanted; null if it is not known."""
        since, until = (
            pa.scalar(None if at is None else at // 1000, schema.TIMESTAMP)
            for at in (self.modified_since, self.modified_until)
        )
        wanted = pc.is_valid(mtime)
        if since.is_valid:
            wanted = pc.and_(wanted, pc.greater_equal(mtime, since))
        if until.is_valid:
            wanted = pc.and_(wanted, pc.less_equal(mtime, until))
        return wanted

    def _conditions(self) -> Iterator[tuple[str, Condition]]:
        """Yield each column with its condition."""
        for name, wanted in (
            ("list", self.lists),
            ("category", self.categories),
            ("algorithm", self.algorithms),
            ("tier", self.tiers),
            ("status", ("failed",) if self.failed else ()),
        ):
            if wanted:
                yield name, _is_one_of([as_text(each)[0] for each in wanted])
        if self.possible:
            yield "possible", pc.is_valid
        if self.reasons:
            yield "reasons", lambda column: has_reason(column, self.reasons)
        if self.decisions:
            yield "decision", _is_one_of([None if d == UNDECIDED else d for d in self.decisions])
        if self.items:
            yield "item_id", _is_one_of(self.items)
        yield from self._bound_distances()
        if self.paths:
            yield "uri", _matches(self.paths)
        if self.media_types:
            yield "media_type", _matches(self.media_types)

    def _bound_distances(self) -> Iterator[tuple[str, Condition]]:
        if (least := self.min_distance) is not None:
            yield "distance", lambda column: pc.greater_equal(column, least)
        if (most := self.max_distance) is not None:
            yield "distance", lambda column: pc.less_equal(column, most)


def _sure(mask: Any) -> Any:
    return pc.fill_null(mask, fill_value=False)


def _is_one_of(wanted: Sequence[Any]) -> Condition:
    return lambda column: pc.is_in(column, value_set=pa.array(wanted, column.type))


def _matches(patterns: Sequence[str]) -> Condition:
    r"""Compare text, and what comes after its last `/`, as patterns.any_matches does.

    A name that is not UTF-8 is compared as it is in the column, with \xNN for such bytes.
    """
    wanted = [as_re2(as_text(pattern)[0]) for pattern in patterns]

    def condition(column: Any) -> Any:
        names = pc.replace_substring_regex(column, r"(?s)\A.*/", "")
        masks = [pc.match_substring_regex(each, one) for one in wanted for each in (column, names)]
        return reduce(pc.or_, masks)

    return condition

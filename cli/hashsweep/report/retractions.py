"""Decides which matches of earlier reports still hold, which are retracted, and why.

Knows no file, no list and no terminal.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from hashsweep.report import schema
from hashsweep.report.sweep_json import StandingInfo

TABLE = "retractions"

WHY = {
    "withdrawn": "the list has withdrawn the entry",
    "gone": "the list no longer has the entry",
    "changed": "the entry exists, but its hashes no longer match at the given distance",
    "known-good": "the file is now on a --known-good list",
    "not-compared": "the file has no comparable hash left that could match the entry, or the "
    "picture matched turned or as shown, and its hash alone is not near enough",
}
"""Why a match of an earlier report no longer holds."""

SCHEMA = schema.MATCHES.append(
    pa.field("why", pa.string(), metadata={"description": "why it no longer holds"})
)

Key = tuple[bytes, str | None, str, str]
"""Item id, part, list and entry id: these identify a match."""

Row = dict[str, Any]
Reasons = Callable[[Sequence[Row]], Sequence[str]]

_TOLD = ("algorithm", "distance", "category", "labels", "tier")


@dataclass
class Standing:
    """Counts of matches: `new` ones, unchanged ones (`as_before`), and `updated` ones.

    `updated` ones still hold, with another category, label, distance or tier.
    `retracted` counts by reason.
    """

    new: int = 0
    as_before: int = 0
    updated: int = 0
    retracted: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Standing") -> None:
        """Add the counts of other matches."""
        self.new += other.new
        self.as_before += other.as_before
        self.updated += other.updated
        self.retracted.update(other.retracted)

    def info(self) -> StandingInfo:
        """Return the current counts, for `sweep.json`."""
        retracted = dict(self.retracted.most_common())
        return StandingInfo(
            new=self.new, as_before=self.as_before, updated=self.updated, retracted=retracted
        )


def diff_matches(
    earlier: pa.Table, now: pa.Table, names: Mapping[str, str], why: Reasons
) -> tuple[pa.Table, Standing]:
    """Return the earlier matches that are retracted, with the reasons, and the counts.

    `names` maps earlier names of lists to current ones; matches with other lists
    are skipped. Two entries of a list with the same id count as one.
    """
    standing = Standing()
    if not earlier.num_rows:
        standing.new = len({_key(row, row["list"]) for row in now.to_pylist()})
        return SCHEMA.empty_table(), standing
    before: dict[Key, Row] = {}
    for row in earlier.to_pylist():
        if row["list"] in names:
            before.setdefault(_key(row, names[row["list"]]), row)
    found = {_key(row, row["list"]): row for row in now.to_pylist()}
    for key, row in found.items():
        was = before.pop(key, None)
        if was is None:
            standing.new += 1
        elif all(was[name] == row[name] for name in _TOLD):
            standing.as_before += 1
        else:
            standing.updated += 1
    gone = list(before.values())
    reasons = why(gone) if gone else []
    standing.retracted.update(reasons)
    retracted_rows = [{**row, "why": reason} for row, reason in zip(gone, reasons, strict=True)]
    return pa.Table.from_pylist(retracted_rows, schema=SCHEMA), standing


def _key(row: Row, of_list: str) -> Key:
    return row["item_id"], row["part"], of_list, row["entry_id"]

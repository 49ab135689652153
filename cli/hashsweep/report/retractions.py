"""What became of the matches of earlier reports: which stand, which are retracted, and why.

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
    "withdrawn": "the list has taken the entry back",
    "gone": "the list does not have the entry any more",
    "changed": "the entry is there, but its hashes or the distance asked for match no more",
    "known-good": "a --known-good list names the file now",
    "not-compared": "no hash of the file that is left to compare could match the entry",
}
"""Why a match of an earlier report does not stand any more."""

SCHEMA = schema.MATCHES.append(
    pa.field("why", pa.string(), metadata={"description": "why it does not stand any more"})
)

Key = tuple[bytes, str | None, str, str]
"""Item id, part, list and entry id: by these a match is known again."""

Row = dict[str, Any]
Reasons = Callable[[Sequence[Row]], Sequence[str]]

_TOLD = ("algorithm", "distance", "category", "labels", "tier")


@dataclass
class Standing:
    """Counts of matches: `new` ones, those that stand `as_before`, and those that are `updated`.

    `updated` ones stand and are told otherwise: another category, label, distance or tier.
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
        """Return the counts as they are now, for `sweep.json`."""
        retracted = dict(self.retracted.most_common())
        return StandingInfo(
            new=self.new, as_before=self.as_before, updated=self.updated, retracted=retracted
        )


def diff_matches(
    earlier: pa.Table, now: pa.Table, names: Mapping[str, str], why: Reasons
) -> tuple[pa.Table, Standing]:
    """Return the earlier matches that are retracted, with why, and the counts.

    `names` are lists by their earlier names, with the names they have now; matches of other lists
    are passed over. A list that names two entries alike has them told as one.
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
    told = [{**row, "why": reason} for row, reason in zip(gone, reasons, strict=True)]
    return pa.Table.from_pylist(told, schema=SCHEMA), standing


def _key(row: Row, of_list: str) -> Key:
    return row["item_id"], row["part"], of_list, row["entry_id"]

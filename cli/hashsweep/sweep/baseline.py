"""Decides which hashes of an earlier report are still valid for an item, so need no recomputing.

Knows no source and no hasher.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hashsweep.model import Item, frame_number
from hashsweep.report.carried_over import RereadInfo, Ruleset, frames_without_rows, merge_rulesets
from hashsweep.report.item_index import ItemIndex
from hashsweep.report.sweep_json import SweepInfo

FRESH_NS = 2_000_000_000
"""A file written this shortly before the earlier sweep began (or later) is read again.

It may have been written again within the same tick of its file system's clock after it
was read: FAT's ticks are 2 s, the longest in use.
"""

_CARRIED = (
    *("part", "size", "media_type", "width", "height", "animated", "frames", "decode_mode"),
    "pdq_quality",
)


class Baseline:
    """An earlier report as a store of hashes."""

    def __init__(
        self,
        earlier: ItemIndex,
        sweep: SweepInfo,
        hashes: Mapping[str, str],
        max_frames: int,
        *,
        own: Ruleset,
        reread: tuple[int, int] | None = None,
    ) -> None:
        """`sweep` is the report's sweep.json; `hashes` are today's: name -> version.

        `own` are today's rules. `reread` is --reread-share: of how many shares how many are read
        again. A share is of the items' ids, so that a file stays in its share; the shares follow
        each other from report to report, so that a night that is missed puts none off for good.
        """
        self.earlier = earlier
        self.sweep = sweep
        self.rulesets, (self._ruleset_of,) = merge_rulesets([own], [sweep.rulesets])
        self.reread = _next_share(sweep, *reread) if reread else None
        versions = {each.name: each.version for each in sweep.hashes}
        self._same_frames = sweep.max_frames == max_frames
        self._hashes: Collection[str] = [n for n in hashes if versions.get(n) == hashes[n]]
        # a rematch read nothing: its rows are as old as those of its input reports
        first = sweep.observed[0] if sweep.observed else sweep.started
        self._before_ns = int(first.timestamp() * 1e9) - FRESH_NS

    def carry(self, item: Item) -> Item:
        """Return the item, with its earlier records if it has not changed since."""
        if item.failure:
            return item
        if self._is_reread(item):
            self.earlier.take(item.item_id)  # it is still there
            return item
        for rows in self.earlier.rows(item.item_id):
            if self._holds(rows) and self._is_unchanged(item, rows[0]):
                own, *further = (self._describe_known(item, row) for row in rows)
                further += self._frames_without_rows(rows)
                return item._replace(
                    earlier=[own, *sorted(further, key=lambda row: frame_number(row["part"]))]
                )
        return item

    def _is_reread(self, item: Item) -> bool:
        """Say whether the item is in the share that is read again."""
        if self.reread is None:
            return False
        share = int.from_bytes(item.item_id) % self.reread.of
        return (share - self.reread.first) % self.reread.of < self.reread.take

    def _holds(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether everything that was compared of an item is stored, to be compared again.

        One of several near-identical frames has a row; of the others the PDQ is kept, if at all.
        """
        own = rows[0]
        lost = (own["looked_for"] or {}).get("frames_not_kept")
        is_whole = not own["animated"] or (self._same_frames and not lost)
        return own["status"] == "scanned" and is_whole

    def _is_unchanged(self, item: Item, row: Mapping[str, Any]) -> bool:
        """Compare change tokens if there are any, else MD5s, else size and time."""
        if item.size is None or item.size != row["size"]:
            return False
        if item.etag is not None:
            return bool(item.etag == row["etag"])
        if item.md5 is not None and row.get("md5") is not None:
            return bool(item.md5 == row["md5"])
        return item.mtime_ns is not None and row["mtime_ns"] == item.mtime_ns < self._before_ns

    def _frames_without_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return what is known of frames of which only the PDQ is kept."""
        if "pdq" not in self._hashes:
            return []
        return [
            {
                "part": part,
                "hashes": {"pdq": each["pdq"].hex()},
                "pdq_quality": each["quality"],
                "decode_mode": "exact",
                "ruleset": self._number_of(rows[0]),
            }
            for part, each in frames_without_rows(rows)
        ]

    def _number_of(self, row: Mapping[str, Any]) -> int:
        """Return the number of a row's ruleset in the new report."""
        return self._ruleset_of[(row["looked_for"] or {}).get("ruleset") or 0]

    def _describe_known(self, item: Item, row: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: row[name] for name in _CARRIED if row.get(name) is not None}
        hashes = {name: row[name].hex() for name in self._hashes if row.get(name) is not None}
        if row.get("kept_views") and "pdq" in self._hashes:
            known["kept_views"] = row["kept_views"]
            known["views"] = [
                [each["variant"], each["pdq"].hex(), each["quality"]] for each in row["views"]
            ]
        looked_for = row["looked_for"] or {}
        known["ruleset"] = self._number_of(row)
        if row["part"] is None:
            known["mtime_ns"] = item.mtime_ns
            known["frames_seen"] = looked_for.get("frames_seen")
            known["frames_left"] = looked_for.get("frames_left")
        return {**known, "hashes": hashes}


def _next_share(sweep: SweepInfo, take: int, of: int) -> RereadInfo:
    """Return the share after the one that the earlier sweep read again; the first otherwise."""
    before = sweep.baseline.reread if sweep.baseline else None
    first = (before.first + before.take) % of if before and before.of == of else 0
    return RereadInfo(take=take, of=of, first=first)

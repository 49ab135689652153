"""Decides which hashes of an earlier report are still valid for an item, so need no recomputing.

Knows no source and no hasher.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hashsweep.model import Item
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
    ) -> None:
        """`sweep` is the report's sweep.json; `hashes` are today's: name -> version."""
        self.earlier = earlier
        self.sweep = sweep
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
        for rows in self.earlier.rows(item.item_id):
            if self._holds(rows) and self._is_unchanged(item, rows[0]):
                return item._replace(earlier=[self._describe_known(item, row) for row in rows])
        return item

    def _holds(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Say whether everything that was compared of an item is stored, to be compared again.

        Only one of several near-identical frames is stored; another list may match one that is not.
        """
        own = rows[0]
        seen = (own["looked_for"] or {}).get("frames_seen") or 1
        is_whole = not own["animated"] or (self._same_frames and seen == len(rows))
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

    def _describe_known(self, item: Item, row: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: row[name] for name in _CARRIED if row.get(name) is not None}
        hashes = {name: row[name].hex() for name in self._hashes if row.get(name) is not None}
        if row["part"] is None:
            known["mtime_ns"] = item.mtime_ns
            looked_for = row["looked_for"] or {}
            known["frames_seen"] = looked_for.get("frames_seen")
            known["frames_left"] = looked_for.get("frames_left")
        return {**known, "hashes": hashes}

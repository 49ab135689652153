"""Finds what an earlier report, finished or not, holds about an item, by the item's id.

Keeps 25 bytes per item in memory; the rest is read on demand, by row group. Knows no source
and no hasher.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hashsweep.report.encryption import Keys
from hashsweep.report.segments import Segment
from hashsweep.report.sweep_json import SweepInfo

_HELD_GROUPS = 32  # row groups in memory, about 3 MB each: a sweep finds items in a similar order


class ItemIndex:
    """The items in a report's `files` parts, with the rows of their further frames.

    Raises ReportError for a part that cannot be read.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        keys: Keys | None = None,
        sweep: SweepInfo | None = None,
    ) -> None:
        """Read the ids of all items; for `keys` and `sweep` see segments.Segment."""
        self._opened = partial(Segment, keys=keys, sweep=sweep)
        self._total = 0
        self._groups: list[tuple[Path, int]] = []
        self._starts: list[int] = []
        self._held: OrderedDict[int, dict[str, pa.Array]] = OrderedDict()
        self._open: Segment | None = None
        ids, rows = self._read_ids(paths)
        order = np.lexsort((ids[:, 1], ids[:, 0]))
        self._high, self._low = ids[order, 0].copy(), ids[order, 1].copy()
        self._rows = rows[order]
        self._met = np.zeros(len(rows), bool)

    def _read_ids(
        self, paths: Sequence[Path]
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
        ids = [np.empty((0, 2), np.uint64)]
        rows = [np.empty(0, np.int64)]
        start = 0
        for path in paths:
            part = self._opened(path)
            for group in range(part.groups):
                table = part.group(group, ["item_id", "part"]).combine_chunks()
                whole = table["part"].is_null().to_numpy()
                ids.append(halves(table["item_id"])[whole])
                rows.append(start + np.flatnonzero(whole))
                self._groups.append((path, group))
                self._starts.append(start)
                start += table.num_rows
        self._total = start
        return np.concatenate(ids), np.concatenate(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def met(self) -> int:
        """How many of the items were taken."""
        return int(self._met.sum())

    def take(self, item_id: bytes) -> bool:
        """Take one more row of this item; say whether there was one left."""
        for place in self._places(item_id):
            if not self._met[place]:
                self._met[place] = True
                return True
        return False

    def rows(self, item_id: bytes) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of an item, the last written first.

        Each is a list of the file's own row and those of its further frames. Instead of the two
        time columns, each row has `mtime_ns`, nanoseconds since 1970 UTC.
        """
        for place in reversed(self._places(item_id)):
            self._met[place] = True
            number = int(self._rows[place])
            rows = [self._row(number)]
            while rows[0]["animated"] and number + len(rows) < self._total:
                row = self._row(number + len(rows))
                if row["item_id"] != item_id or row["part"] is None:
                    break
                rows.append(row)
            yield rows

    def _row(self, number: int) -> dict[str, Any]:
        at = bisect_right(self._starts, number) - 1
        place = number - self._starts[at]
        row = {name: column[place].as_py() for name, column in self._group(at).items()}
        microseconds, nanoseconds = row.pop("mtime"), row["mtime_ns"]
        row["mtime_ns"] = (
            None
            if microseconds is None or nanoseconds is None
            else microseconds // 10**6 * 10**9 + nanoseconds
        )
        return row

    def _places(self, item_id: bytes) -> range:
        high, low = (np.uint64(int.from_bytes(half)) for half in (item_id[:8], item_id[8:]))
        first = int(np.searchsorted(self._high, high))
        last = first
        while last < len(self._high) and self._high[last] == high:
            last += 1
        same = self._low[first:last]
        start = first + int(np.searchsorted(same, low))
        return range(start, first + int(np.searchsorted(same, low, side="right")))

    def _group(self, at: int) -> dict[str, pa.Array]:
        if at in self._held:
            self._held.move_to_end(at)
            return self._held[at]
        path, group = self._groups[at]
        if self._open is None or self._open.path != path:
            self._open = self._opened(path)
        table = self._open.group(group).combine_chunks()
        columns = {name: table[name].chunk(0) for name in table.column_names}
        columns["mtime"] = columns["mtime"].cast(pa.int64())
        self._held[at] = columns
        if len(self._held) > _HELD_GROUPS:
            self._held.popitem(last=False)
        return columns

    def any_name(self, wanted: Callable[[str], bool]) -> bool:
        """Say whether any item has a name that is wanted (as in the column `uri`)."""
        for path, group in self._groups:
            names = self._opened(path).group(group, ["uri"])["uri"]
            if any(wanted(name) for name in names.to_pylist()):
                return True
        return False


def halves(ids: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Return ids (n of 16 bytes) as uint64 (n, 2), the first 8 bytes being the more significant."""
    whole = ids.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], ids.type)
    data = np.frombuffer(whole.buffers()[1] or b"", np.uint8)
    size = ids.type.byte_width
    rows = data[whole.offset * size : (whole.offset + len(whole)) * size].reshape(-1, 2, 8)
    return rows.view(">u8")[..., 0].astype(np.uint64)

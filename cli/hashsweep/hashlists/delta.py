"""Finds the hashes of entries that are new or changed since an earlier version of a list.

Items compared with the earlier version need no comparison with the other hashes. All work is
done by column: a million entries take a second or two. Knows the compiled form; the index is made
by a function passed in.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.compiled import CompiledList, HashColumn
from hashsweep.hashlists.fingerprints import LANES, add_prints


class ListDelta:
    """New and changed entries of a list, searched like a list of its own (matching.Listed)."""

    def __init__(self, old: CompiledList, new: CompiledList) -> None:
        """Compare each active entry's hashes and their qualities."""
        self._new = new
        known = _as_array(_prints(old)[~old.inactive()])
        is_known = pc.is_in(_as_array(_prints(new)), value_set=known)
        self._is_new = ~is_known.to_numpy(zero_copy_only=False)

    @property
    def name(self) -> str:
        """The list's name."""
        return self._new.name

    @cached_property
    def hashes(self) -> dict[str, int]:
        """How many hashes of each algorithm have to be searched."""
        counts = {
            name: int(np.count_nonzero(self._is_new[self._new.column(name).entries]))
            for name in self._new.algorithms
        }
        return {name: count for name, count in counts.items() if count}

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Algorithms of these hashes."""
        return tuple(self.hashes)

    def column(self, algorithm: str) -> HashColumn:
        """Return the hashes of one algorithm, with their own index."""
        whole = self._new.column(algorithm)
        mine = self._is_new[whole.entries]
        hashes = np.ascontiguousarray(whole.hashes[mine])
        return HashColumn(
            hashes,
            whole.keys[mine],
            whole.entries[mine],
            whole.quality[mine],
            known_hashes.index(algorithm, hashes),
        )

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels) of one entry."""
        return self._new.describe(row)


def _prints(listed: CompiledList) -> npt.NDArray[np.uint64]:
    """Return uint64 (entries, LANES): equal for entries with equal hashes and qualities."""
    prints = np.zeros((len(listed), LANES), np.uint64)
    for name in listed.algorithms:
        column = listed.column(name)
        add_prints(prints, name, column.hashes, column.entries, column.quality)
    return prints


def _as_array(prints: npt.NDArray[np.uint64]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(prints))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8 * LANES), len(prints), [None, data])

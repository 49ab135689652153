"""The hashes of entries that a list has not had, as they are now, in an earlier version of it.

An item that was compared with the earlier version needs no comparing with the others. All of it is
done by column: a million entries take a second or two. Knows the compiled form; the index is made
by a function that is handed in.
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
        """Compare the hashes that each active entry has, with their qualities."""
        self._new = new
        known = _as_array(_prints(old)[~old.inactive()])
        is_known = pc.is_in(_as_array(_prints(new)), value_set=known)
        self._is_new = ~is_known.to_numpy(zero_copy_only=False)

    @property
    def name(self) -> str:
        """What the list is called."""
        return self._new.name

    @cached_property
    def hashes(self) -> dict[str, int]:
        """How many hashes of each algorithm have to be searched for."""
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
        """Return the hashes of one algorithm, with an index of their own."""
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
    """Return uint64 (entries, LANES): the same for entries with the same hashes and qualities."""
    prints = np.zeros((len(listed), LANES), np.uint64)
    for name in listed.algorithms:
        column = listed.column(name)
        add_prints(prints, name, column.hashes, column.entries, column.quality)
    return prints


def _as_array(prints: npt.NDArray[np.uint64]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(prints))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8 * LANES), len(prints), [None, data])

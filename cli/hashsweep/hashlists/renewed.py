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

from hashsweep.hashlists.compiled import CompiledList, HashColumn, Indexer

_LANES = 2  # of 64 bits: prints of 128 bits, so that no two entries are alike by chance
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Renewed:
    """New and changed entries of a list, searched like a list of its own (matching.Listed)."""

    def __init__(self, old: CompiledList, new: CompiledList, indexer: Indexer) -> None:
        """Compare the hashes that each active entry has, with their qualities."""
        self._new = new
        self._indexer = indexer
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
            self._indexer(algorithm, hashes),
        )

    def describe(self, row: int) -> tuple[str, str, tuple[str, ...]]:
        """Return (entry id, category, labels) of one entry."""
        return self._new.describe(row)


def _prints(listed: CompiledList) -> npt.NDArray[np.uint64]:
    """Return uint64 (entries, 2): the same for entries with the same hashes and qualities."""
    prints = np.zeros((len(listed), _LANES), np.uint64)
    for name in listed.algorithms:
        column = listed.column(name)
        missing = -column.hashes.shape[1] % 8
        padded = np.pad(column.hashes, ((0, 0), (0, missing))) if missing else column.hashes
        words = np.ascontiguousarray(padded).view(np.uint64)
        for lane in range(_LANES):
            seed = int.from_bytes(f"{lane}{name}".encode()[:8].ljust(8, b"\0"))
            mixed = column.quality.astype(np.uint64) + np.uint64(seed)
            for at in range(words.shape[1]):
                mixed = _mixed(mixed ^ words[:, at])
            np.add.at(prints[:, lane], column.entries, _mixed(mixed))
    return prints


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread each word's bits over all of it (multiply, fold, twice)."""
    for _ in range(2):
        words = words * _ODD
        words ^= words >> _HALF
    return words


def _as_array(prints: npt.NDArray[np.uint64]) -> pa.Array:
    data = pa.py_buffer(np.ascontiguousarray(prints))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8 * _LANES), len(prints), [None, data])

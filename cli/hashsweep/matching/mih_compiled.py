"""The same index searched by compiled code (numba, the extra `fast`).

Compiled on import, which takes a second or two: engines import it once, in the process
that all workers are forked from. Nothing is cached on disk (numba would pickle it). Knows no
list and no hash algorithm.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from hashsweep.matching.bands import KEYS, WIDTH, masks, radii
from hashsweep.matching.base import Hashes, Hits
from hashsweep.matching.mih import BLOCK, MihIndex


@intrinsic
def _bits(_context: Any, _word: Any = None) -> Any:
    """Number of set bits of a 64-bit word, as one processor instruction."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def _map(element: Any, dimensions: int) -> Any:
    """Type of a read-only array: those of an open list cannot be written."""
    return types.Array(element, dimensions, "C", readonly=True)


_SIGNATURE = types.int64(
    _map(types.uint64, 2),
    _map(types.uint64, 2),
    types.int64[::1],
    types.uint16[::1],
    types.int64[::1],
    _map(types.uint32, 2),
    _map(types.uint32, 2),
    _map(types.uint16, 1),
    _map(types.uint32, 1),
    types.int64,
    types.int64[:, ::1],
)


@intrinsic
def _prefetch(_context: Any, _address: Any = None) -> Any:
    """Prefetch the cache line at an address, without waiting for it."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte] + [ir.IntType(32)] * 3)
        insert: Any = cgutils.get_or_insert_function
        ask = insert(builder.module, kind, "llvm.prefetch.p0")
        read, keep, data = (ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))
        builder.call(ask, [builder.inttoptr(arguments[0], byte), read, keep, data])
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(types.int64), generate


@njit(inline="always")
def _key(words, row, band):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return a band of a hash, as bands.cut does."""
    return (words[row, band >> 2] >> np.uint64((band & 3) * WIDTH)) & np.uint64(KEYS - 1)


@njit(inline="always")
def _is_found_before(table, row, asked, query, reach, band):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Say whether an earlier band finds the pair, too."""
    differing = np.int64(_bits(_key(table, row, 0) ^ _key(asked, query, 0)))
    for earlier in range(band):
        after = np.int64(_bits(_key(table, row, earlier + 1) ^ _key(asked, query, earlier + 1)))
        most = reach[earlier] + reach[earlier + 1] + 1
        if differing <= reach[earlier] and differing + after <= most:
            return True
        differing = after
    return False


@njit(_SIGNATURE, boundscheck=False, nogil=True)
def _search(table, asked, reach, flips, firsts, ids, starts, blocks, first_blocks, limit, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0917
    """Fill `out` (query, row, distance) and return the number of pairs, even if too many.

    `flips` are those of all bands, those of a band from firsts[band] up to firsts[band + 1]. A pair
    is written only in the first band that finds it.
    """
    found = 0
    bands = len(reach)
    first_blocks_at, blocks_at = np.int64(first_blocks.ctypes.data), np.int64(blocks.ctypes.data)
    for band in range(bands):
        if reach[band] < 0:
            continue
        after = (band + 1) % bands
        most_of_two = reach[band] + reach[after] + 1  # see bands
        begin, end = firsts[band], firsts[band + 1]
        for query in range(len(asked)):
            key = np.int64(_key(asked, query, band))
            wanted = np.uint16(_key(asked, query, after))
            for flip in range(begin, end):
                _prefetch(first_blocks_at + 4 * (band * KEYS + (key ^ np.int64(flips[flip]))))
            for flip in range(begin, end):
                there = np.int64(first_blocks[band * KEYS + (key ^ np.int64(flips[flip]))])
                _prefetch(blocks_at + 2 * BLOCK * there)
            for flip in range(begin, end):
                at = key ^ np.int64(flips[flip])
                number = band * KEYS + at
                most = most_of_two - np.int64(_bits(np.uint64(flips[flip])))
                start = np.int64(first_blocks[number]) * BLOCK
                stop = np.int64(first_blocks[number + 1]) * BLOCK
                for slot in range(start, stop):
                    if np.int64(_bits(np.uint64(blocks[slot] ^ wanted))) > most:
                        continue
                    place = np.int64(starts[band, at]) + slot - start
                    if place >= starts[band, at + 1]:
                        continue
                    row = np.int64(ids[band, place])
                    distance = np.int64(0)
                    for word in range(table.shape[1]):
                        distance += np.int64(_bits(table[row, word] ^ asked[query, word]))
                    if distance > limit or _is_found_before(table, row, asked, query, reach, band):
                        continue
                    if found < len(out):
                        out[found, 0] = query
                        out[found, 1] = row
                        out[found, 2] = distance
                    found += 1
    return found


class CompiledMihIndex(MihIndex):
    """The Index over arrays made by `mih.build`, searched by compiled code."""

    def __init__(self, hashes: Hashes, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Like MihIndex."""
        super().__init__(hashes, arrays)
        self._flat_blocks = arrays["blocks"].reshape(-1)
        self._lookups: dict[int, _Lookups] = {}
        self._out = np.empty((1024, 3), np.int64)

    def _search(self, queries: Hashes, max_distance: int) -> Hits:
        if max_distance not in self._lookups:
            self._lookups[max_distance] = _look_up(self._bands, max_distance)
        asked = np.ascontiguousarray(queries).view(np.uint64)
        while True:
            found = _search(
                self._table, asked, *self._lookups[max_distance],
                self._ids, self._starts, self._flat_blocks, self._first_blocks,
                max_distance, self._out,
            )  # fmt: skip
            if found <= len(self._out):
                break
            self._out = np.empty((found, 3), np.int64)
        pairs = self._out[:found]
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))] if found > 1 else pairs.copy()
        return Hits(pairs[:, 0], pairs[:, 1], pairs[:, 2])


_Lookups = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint16], npt.NDArray[np.int64]]
"""Radii of the bands, flips of all of them, and where those of each band begin."""


def _look_up(bands: int, max_distance: int) -> _Lookups:
    reach = radii(bands, max_distance)
    flips = [masks(max(radius, 0)) for radius in reach]
    firsts = np.cumsum([0, *map(len, flips)], dtype=np.int64)
    return np.array(reach, np.int64), np.concatenate(flips), firsts

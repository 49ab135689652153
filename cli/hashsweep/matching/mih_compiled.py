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

from hashsweep.matching.bands import Band, masks, radii
from hashsweep.matching.base import Hashes, Hits
from hashsweep.matching.mih import MihIndex


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
    types.int64[:, ::1],
    types.uint32[::1],
    _map(types.uint32, 2),
    _map(types.uint32, 1),
    types.int64,
    types.uint32[::1],
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


@njit(_SIGNATURE, boundscheck=False, nogil=True)
def _search(table, asked, cut, flips, ids, starts, limit, candidates, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0912, PLR0915, PLR0917
    """Fill `out` (query, row, distance) and return the number of pairs, even if too many.

    `cut` holds one row per band: word, shift, key mask, radius, first and last flip, first start.
    A pair is written only in the first band that finds it.
    """
    found = 0
    words = table.shape[1]
    table_at, starts_at = np.int64(table.ctypes.data), np.int64(starts.ctypes.data)
    first = min(words, 2)
    for number in range(cut.shape[0]):
        word, shift, mask, radius = cut[number, 0], cut[number, 1], cut[number, 2], cut[number, 3]
        if radius < 0:
            continue
        begin, end, base = cut[number, 4], cut[number, 5], cut[number, 6]
        for query in range(asked.shape[0]):
            key = np.int64(asked[query, word] >> np.uint64(shift)) & mask
            for flip in range(begin, end):
                _prefetch(starts_at + 4 * (base + (key ^ np.int64(flips[flip]))))
            flip = begin
            place = np.int64(0)
            stop = np.int64(0)
            while True:
                # gather candidates of several buckets, then compare them
                held = 0
                while held < candidates.size:
                    if place == stop:
                        if flip == end:
                            break
                        at = base + (key ^ np.int64(flips[flip]))
                        place, stop = np.int64(starts[at]), np.int64(starts[at + 1])
                        flip += 1
                        continue
                    candidates[held] = ids[number, place]
                    _prefetch(table_at + np.int64(candidates[held]) * words * 8)
                    held += 1
                    place += 1
                if held == 0:
                    break
                for one in range(held):
                    row = np.int64(candidates[one])
                    distance = np.int64(0)
                    for w in range(first):
                        distance += np.int64(_bits(table[row, w] ^ asked[query, w]))
                    if distance > limit:
                        continue
                    for w in range(first, words):
                        distance += np.int64(_bits(table[row, w] ^ asked[query, w]))
                    if distance > limit:
                        continue
                    seen = False
                    for earlier in range(number):
                        differing = table[row, cut[earlier, 0]] ^ asked[query, cut[earlier, 0]]
                        differing = (differing >> np.uint64(cut[earlier, 1])) & np.uint64(
                            cut[earlier, 2]
                        )
                        if np.int64(_bits(differing)) <= cut[earlier, 3]:
                            seen = True
                            break
                    if seen:
                        continue
                    if found < out.shape[0]:
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
        self._plans: dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]] = {}
        self._candidates = np.empty(4096, np.uint32)
        self._out = np.empty((1024, 3), np.int64)

    def _search(self, queries: Hashes, max_distance: int) -> Hits:
        if max_distance not in self._plans:
            self._plans[max_distance] = _plan(self._cut, max_distance)
        cut, flips = self._plans[max_distance]
        asked = np.ascontiguousarray(queries).view(np.uint64)
        while True:
            found = _search(
                self._table, asked, cut, flips, self._ids, self._arrays["starts"],
                max_distance, self._candidates, self._out,
            )  # fmt: skip
            if found <= len(self._out):
                break
            self._out = np.empty((found, 3), np.int64)
        pairs = self._out[:found]
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))] if found > 1 else pairs.copy()
        return Hits(pairs[:, 0], pairs[:, 1], pairs[:, 2])


def _plan(
    cut: tuple[Band, ...], max_distance: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    rows, flips, flip, base = [], [], 0, 0
    for band, radius in zip(cut, radii(cut, max_distance), strict=True):
        patterns = masks(band.width, max(radius, 0))
        last = flip + len(patterns)
        rows.append((band.word, band.shift, (1 << band.width) - 1, radius, flip, last, base))
        flips.append(patterns)
        flip, base = last, base + (1 << band.width) + 1
    return np.array(rows, np.int64), np.concatenate(flips)

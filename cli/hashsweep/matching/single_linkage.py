"""Groups 256-bit hashes that are linked through near ones (single linkage): exact for any number.

Does not use the lists' index: there can be many thousands of near copies, and all their pairs
are too many to hold. Instead, hashes that may be near are sorted next to each other, and those
already linked are not compared again. Knows no hash algorithm and no report.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from hashsweep.matching.bands import WIDTH, cut
from hashsweep.matching.base import Hashes

FARTHEST = 13
"""The largest allowed distance (bits): from 14 on no two bands need be equal."""

_BITS = 256
_LARGE = (
    256  # from this many hashes with equal bands on, they are compared together instead of in steps
)
_AT_A_TIME = 1 << 18  # comparisons

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


def link(hashes: Hashes, max_distance: int) -> Numbers:
    """Return for each hash the first row (int64) it is linked to; `hashes` (n, 32).

    Two hashes are linked at distance <= max_distance (inclusive, 0..FARTHEST), or through
    others. ValueError for other lengths and distances.
    """
    if hashes.shape[1] * 8 != _BITS or not 0 <= max_distance <= FARTHEST:
        raise ValueError(f"{hashes.shape[1]} bytes up to distance {max_distance}")
    words = np.asfortranarray(np.ascontiguousarray(hashes).view(np.uint64))  # word by word
    firsts = np.arange(len(words))
    bands = np.asfortranarray(cut(hashes)).astype(np.uint32)
    for one, other in _pairs_of_bands(max_distance):
        keys = bands[:, one] << np.uint32(WIDTH) | bands[:, other]
        order = np.argsort(keys)
        ordered = keys[order]
        begins = np.flatnonzero(np.diff(ordered, prepend=~ordered[:1]))
        sizes = np.diff(begins, append=len(ordered))
        _link_small(words, firsts, order, sizes, max_distance)
        for place in np.flatnonzero(sizes > _LARGE):
            members = order[begins[place] : begins[place] + sizes[place]]
            _link_large(words, firsts, members, max_distance)
    return firsts


def _pairs_of_bands(max_distance: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of pairs of bands; near hashes are equal in at least one pair.

    At most `max_distance` of the 16 bands differ. There are fewer groups of bands than equal bands,
    so two equal ones are in one group.
    """
    count = _BITS // WIDTH
    groups = min(count // 2, count - max_distance - 1)
    for number in range(groups):
        yield from combinations(range(number, count, groups), 2)


def _link_small(
    words: Words, firsts: Numbers, order: Numbers, sizes: Numbers, max_distance: int
) -> None:
    """Compare all hashes with those after them in their bucket: one position on, two, and so on."""
    after = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(order)) - 1
    places = np.flatnonzero((after > 0) & (np.repeat(sizes, sizes) <= _LARGE))
    step = 1
    while places.size:
        left, right = order[places], order[places + step]
        apart = firsts[left] != firsts[right]
        left, right = left[apart], right[apart]
        near = _distances(words[left], words[right]) <= max_distance
        _join(firsts, left[near], right[near])
        step += 1
        places = places[after[places] >= step]


def _link_large(words: Words, firsts: Numbers, members: Numbers, max_distance: int) -> None:
    """Compare each hash outside the largest group with the whole bucket."""
    own = np.asfortranarray(words[members])
    left = np.ones(len(members), np.bool_)
    most = 1
    while True:
        groups = firsts[members]
        places = np.flatnonzero(left & (groups != np.bincount(groups).argmax()))[:most]
        if not places.size:
            return
        near = _distances(own[places][:, None], own[None]) <= max_distance
        here, there = np.divmod(np.flatnonzero(near), len(members))
        _join(firsts, members[places[here]], members[there])
        left[places] = False
        most = min(2 * most, max(_AT_A_TIME // len(members), 1))


def _distances(left: Words, right: Words) -> npt.NDArray[np.uint16]:
    """Return the Hamming distances along the last axis: one word at a time is fastest."""
    total: npt.NDArray[np.uint16] = np.bitwise_count(left[..., 0] ^ right[..., 0]).astype(np.uint16)
    for word in range(1, left.shape[-1]):
        total += np.bitwise_count(left[..., word] ^ right[..., word])
    return total


def _join(firsts: Numbers, left: Numbers, right: Numbers) -> None:
    """Merge the groups of each pair; `firsts` names the first row of each row's group."""
    while left.size:
        ours, theirs = firsts[left], firsts[right]
        apart = ours != theirs
        left, right, ours, theirs = left[apart], right[apart], ours[apart], theirs[apart]
        np.minimum.at(firsts, np.maximum(ours, theirs), np.minimum(ours, theirs))
        while (up := firsts[firsts]).tobytes() != firsts.tobytes():
            firsts[:] = up

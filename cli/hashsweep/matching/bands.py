"""Cuts long hashes into bands so that near ones must agree closely in one of them.

Multi-index hashing (Norouzi, Punjani, Fleet 2012, https://arxiv.org/abs/1307.2982): if two
hashes differ in at most t bits and the radii r of the bands obey sum(r + 1) > t, then in some
band they differ in at most r bits. So nothing within t is missed. Knows no hash algorithm.
"""

from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

WIDTH = 16
"""Bits of a band. Wider bands give fewer candidates but need more look-ups, which miss the caches:
twice as slow at 1e5 hashes, and slower still at 3e6 (see benchmarks/)."""

KEYS = 1 << WIDTH
"""Values that a band can have."""


def cut(hashes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return the bands of each hash, little-endian numbers: (n, bytes) to (n, bytes / 2)."""
    return np.ascontiguousarray(hashes).view("<u2")


def radii(bands: int, max_distance: int) -> tuple[int, ...]:
    """Return the radius of each band, -1 for one that is not needed: sum(r + 1) = max_distance + 1.

    No two differ by more than 1.
    """
    base, extra = divmod(max_distance + 1, bands)
    return tuple(base - 1 + (at < extra) for at in range(bands))


def most_of_two(reach: tuple[int, ...], band: int) -> int:
    """Return in how many bits a hash that is found by `band` may differ there and in the next one.

    `reach` is the result of radii; after the last band comes the first. Of a near hash's bands
    within their radii only one has to find it. Let d be its distances and r the radii: all of
    d - (r + 1) sum to less than 0, so some band begins a turn through all of them whose sums all
    stay below 0 (the cycle lemma of Dvoretzky and Motzkin, 1947). The d of that band and the next
    one sum to r + r' + 1 at most.
    """
    return reach[band] + reach[(band + 1) % len(reach)] + 1


def probes(radius: int) -> int:
    """Return how many keys are within `radius` bits of a key."""
    total, ways = 0, 1
    for bits in range(radius + 1):
        total += ways
        ways = ways * (WIDTH - bits) // (bits + 1)
    return total


@lru_cache(maxsize=WIDTH + 1)
def masks(radius: int) -> npt.NDArray[np.uint16]:
    """Return every pattern of at most `radius` set bits: uint16 (probes(radius),), ascending.

    In this order a look-up is often in the page of memory of the one before it.
    """
    return np.array(
        sorted(
            sum(1 << bit for bit in flipped)
            for bits in range(radius + 1)
            for flipped in combinations(range(WIDTH), bits)
        ),
        dtype=np.uint16,
    )

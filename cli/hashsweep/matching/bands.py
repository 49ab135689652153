"""Cuts long hashes into bands so that near ones must agree closely in one of them.

Multi-index hashing (Norouzi, Punjani, Fleet 2012, https://arxiv.org/abs/1307.2982): if two
hashes differ in at most t bits and the radii r of the bands obey sum(r + 1) > t, then in some
band they differ in at most r bits. So nothing within t is missed. Knows no hash algorithm.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

_NARROW = (16, 16, 16, 16)
_WIDE = (21, 21, 22)
WORD = 64


@dataclass(frozen=True)
class Band:
    """`width` bits of the 64-bit word number `word`, from bit `shift` upwards."""

    word: int
    shift: int
    width: int

    def keys(self, words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
        """Return this band of each hash: words uint64 (n, words per hash) to uint32 (n,)."""
        mask = np.uint64((1 << self.width) - 1)
        return ((words[:, self.word] >> np.uint64(self.shift)) & mask).astype(np.uint32)


def bands(words: int, *, wide: bool) -> tuple[Band, ...]:
    """Cut hashes of `words` 64-bit words: four narrow bands per word, or three wide ones.

    Narrow bands need few look-ups and give many candidates, wide ones the opposite.
    """
    widths = _WIDE if wide else _NARROW
    return tuple(
        Band(word, sum(widths[:at]), width)
        for word in range(words)
        for at, width in enumerate(widths)
    )


def radii(cut: tuple[Band, ...], max_distance: int) -> tuple[int, ...]:
    """Return the radius of each band, -1 for one that is not needed: sum(r + 1) = max_distance + 1.

    The widest bands get the smaller radii, because a step there costs most look-ups.
    """
    base, extra = divmod(max_distance + 1, len(cut))
    by_width = sorted(range(len(cut)), key=lambda at: cut[at].width)
    larger = set(by_width[:extra])
    return tuple(base - 1 + (at in larger) for at in range(len(cut)))


def probes(width: int, radius: int) -> int:
    """Return how many keys are within `radius` of a key of `width` bits."""
    total, ways = 0, 1
    for bits in range(radius + 1):
        total += ways
        ways = ways * (width - bits) // (bits + 1)
    return total


@lru_cache(maxsize=256)
def masks(width: int, radius: int) -> npt.NDArray[np.uint32]:
    """Return every pattern of at most `radius` set bits: uint32 (probes(width, radius),)."""
    return np.array(
        [
            sum(1 << bit for bit in flipped)
            for bits in range(radius + 1)
            for flipped in combinations(range(width), bits)
        ],
        dtype=np.uint32,
    )

"""The hashes this installation computes, their lengths, and how to index lists of them.

The place where lists, hashers and indexes meet.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hashsweep.hashers import HASHERS
from hashsweep.hashlists.kinds import BITS
from hashsweep.model import DIGESTS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@lru_cache(maxsize=1)
def known_bits() -> Mapping[str, int]:
    """Return the length in bits of every hash known here, including plug-ins."""
    extra = [name for name in HASHERS.names if name not in BITS]
    return BITS | {name: HASHERS.load(name).spec.bits for name in extra}


def index(algorithm: str, hashes: "npt.NDArray[np.uint8]") -> "Mapping[str, npt.NDArray[Any]]":
    """Return the arrays of an index over perceptual hashes; none for digests."""
    from hashsweep.matching import mih  # imports numpy, which a parser of lists does without

    bits = known_bits()[algorithm]
    if algorithm in DIGESTS or bits not in mih.LENGTHS or _is_exact(algorithm):
        return {}
    return mih.build(hashes)


def _is_exact(algorithm: str) -> bool:
    return algorithm not in BITS and HASHERS.load(algorithm).spec.metric == "exact"

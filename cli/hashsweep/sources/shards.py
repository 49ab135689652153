"""A sweep shared among machines: which part of the sources is whose. Knows no source."""

import hashlib
import os
from collections.abc import Callable


def in_shard(shard: tuple[int, int] | None) -> Callable[[str], bool] | None:
    """Return whether a URI is in the I-th of N parts (I from 1); None where there is one part.

    It depends on the URI's bytes alone: BLAKE2b-64 of them, modulo N.
    """
    if shard is None or shard[1] == 1:
        return None
    number, count = shard

    def is_mine(uri: str) -> bool:
        digest = hashlib.blake2b(os.fsencode(uri), digest_size=8).digest()
        return int.from_bytes(digest) % count == number - 1

    return is_mine

"""Divides a sweep among machines: which item belongs to which shard. Knows no source."""

import hashlib
import os
from collections.abc import Callable


def in_shard(shard: tuple[int, int] | None) -> Callable[[str], bool] | None:
    """Return a test for URIs in part I of N (I from 1); None if there is only one part.

    It depends only on the URI's bytes: BLAKE2b-64 of them, modulo N.
    """
    if shard is None or shard[1] == 1:
        return None
    number, count = shard

    def is_mine(uri: str) -> bool:
        digest = hashlib.blake2b(os.fsencode(uri), digest_size=8).digest()
        return int.from_bytes(digest) % count == number - 1

    return is_mine

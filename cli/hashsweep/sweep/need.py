"""Decides what an item needs before anything is read. Knows no source and no terminal."""

from collections.abc import Set as AbstractSet
from typing import Literal

from hashsweep.model import Item

Need = Literal["failed", "known", "stated", "no-digest", "read"]
"""`failed`: its source says that it cannot be read; `known`: an earlier report has its hashes
(a worker still checks that they suffice); `stated`: its source states all that is wanted;
`no-digest`: nothing may be read, and nothing is stated; `read`: its bytes are wanted."""


def need_of(item: Item, hashes: AbstractSet[str], *, digest_only: bool) -> Need:
    """Return what an item needs if these hashes are wanted; `digest_only` forbids reading."""
    if item.failure:
        return "failed"
    if item.earlier is not None:
        return "known"
    if item.md5 and (digest_only or hashes == {"md5"}):
        return "stated"
    return "no-digest" if digest_only else "read"

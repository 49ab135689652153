"""A plug-in for hashsweep: BLAKE2b with 256 bits, as `b2sum --length 256` prints it.

A hash of pictures looks the same, with `reads="picture"`, `metric="hamming"` and a method
`hash(picture)` in place of `start()`; hashsweep/hashers/image_hashes.py has four of them.
"""

import hashlib
from dataclasses import dataclass

from hashsweep.hashers.base import Running
from hashsweep.model import HashSpec


@dataclass(frozen=True)
class Blake2b:
    """A BytesHasher (see hashsweep.hashers.base)."""

    spec: HashSpec
    known: tuple[tuple[bytes, str], ...]

    def start(self) -> Running:
        """Return a new digest."""
        return hashlib.blake2b(digest_size=self.spec.bits // 8, usedforsecurity=False)


BLAKE2B = Blake2b(
    HashSpec(
        name="blake2b",
        version="1",
        bits=256,
        metric="exact",
        reads="bytes",
        max_distance=0,
        source="RFC 7693",
        strength=95,
    ),
    # From `printf abc | b2sum --length 256` and the same of no bytes.
    known=(
        (b"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
        (b"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    ),
)

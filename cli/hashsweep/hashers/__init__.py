"""Hash algorithms: each declares what it is and carries known answers. Knows no list."""

from hashsweep.hashers.base import BytesHasher, Hasher, PictureHasher, Undecided
from hashsweep.registry import Registry

HASHERS: Registry[Hasher] = Registry(
    "hashsweep.hashers",
    "hash",
    {
        "sha256": "hashsweep.hashers.digests:SHA256",
        "sha1": "hashsweep.hashers.digests:SHA1",
        "md5": "hashsweep.hashers.digests:MD5",
        "pdq": "hashsweep.hashers.pdq:PDQ",
        "phash": "hashsweep.hashers.image_hashes:PHASH",
        "dhash": "hashsweep.hashers.image_hashes:DHASH",
        "ahash": "hashsweep.hashers.image_hashes:AHASH",
        "whash": "hashsweep.hashers.image_hashes:WHASH",
    },
)

__all__ = ["HASHERS", "BytesHasher", "Hasher", "PictureHasher", "Undecided"]

"""MD5, SHA-1 and SHA-256 of a file's bytes, by hashlib."""

import hashlib
from dataclasses import dataclass

from hashsweep.hashers.base import Running
from hashsweep.model import HashSpec


@dataclass(frozen=True)
class Digest:
    """One of hashlib's digests as a BytesHasher."""

    spec: HashSpec
    known: tuple[tuple[bytes, str], ...]

    def start(self) -> Running:
        """Return a hashlib object; not for security, so FIPS builds allow it too."""
        return hashlib.new(self.spec.name, usedforsecurity=False)


def _spec(name: str, bits: int, strength: int, source: str) -> HashSpec:
    return HashSpec(name, "1", bits, "exact", "bytes", 0, source, strength)


MD5 = Digest(
    _spec("md5", 128, 80, "RFC 1321"),
    (
        (b"abc", "900150983cd24fb0d6963f7d28e17f72"),
        (b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ),
)
SHA1 = Digest(
    _spec("sha1", 160, 90, "FIPS 180-4"),
    (
        (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ),
)
SHA256 = Digest(
    _spec("sha256", 256, 100, "FIPS 180-4"),
    (
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ),
)

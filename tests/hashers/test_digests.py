"""MD5, SHA-1 and SHA-256 of bytes."""

import hashlib

import pytest

from hashsweep.hashers.digests import MD5, SHA1, SHA256, Digest


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        (MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        (SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (SHA256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
    ids=["md5", "sha1", "sha256"],
)
def test_nothing(digest: Digest, expected: str) -> None:
    """A digest that was fed nothing is the standard's for the empty message."""
    assert digest.start().digest().hex() == expected


@pytest.mark.parametrize("digest", [MD5, SHA1, SHA256], ids=["md5", "sha1", "sha256"])
def test_starts_afresh(digest: Digest) -> None:
    """What one file was fed does not reach the next."""
    first = digest.start()
    first.update(b"other")
    second = digest.start()
    second.update(b"abc")
    assert second.digest() == hashlib.new(digest.spec.name, b"abc").digest()


def test_strength_ranks_the_stronger_digest_first() -> None:
    """SHA-256 outranks SHA-1, which outranks MD5."""
    assert SHA256.spec.strength > SHA1.spec.strength > MD5.spec.strength

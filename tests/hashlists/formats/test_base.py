"""A hash from text: every form that sources use, and what is refused."""

import base64

import pytest

from hashsweep.hashlists.formats.base import LONGEST_KEPT, RowError, algorithm_by_length, read_hash
from hashsweep.hashlists.kinds import BITS
from support.list_samples import md5, pdq, photodna, sha256


def forms(value: bytes) -> list[str]:
    """A hash in every text form that lists use."""
    base32, base64_ = base64.b32encode(value).decode(), base64.b64encode(value).decode()
    bits = format(int.from_bytes(value), f"0{len(value) * 8}b")
    bare = [base32.rstrip("="), base64_.rstrip("="), base32.lower()]
    return [value.hex(), value.hex().upper(), f" {value.hex()}\t", base32, base64_, *bare, bits]


@pytest.mark.parametrize("name", BITS)
def test_forms(name: str) -> None:
    """Hex in either case, base32 and base64 with padding or without, and bits give one value."""
    value = bytes.fromhex(sha256(1) * 2)[: BITS[name] // 8]
    assert {read_hash(form, name) for form in forms(value)} == {(name, value)}


@pytest.mark.parametrize(
    ("text", "algorithm", "code"),
    [
        ("", "md5", "no-hash"),
        (md5(1)[:31], "md5", "bad-length"),
        (md5(1) + "0", "MD5", "bad-length"),
        ("!" * 32, "md5", "bad-hash"),
        ("é" * 22, "md5", "bad-hash"),
        ("zz", "md5", "bad-hash"),
        ("0" * 32, "md5", "bogus-hash"),
        ("F" * 64, "PDQ", "bogus-hash"),
        ("A" * 192, "PhotoDNA", "bogus-hash"),
        ("0" * 128, "sha512", "bogus-hash"),
        ("a" * LONGEST_KEPT + "b", "tmk", "bad-length"),
        (md5(1), "md6", "unknown-algorithm"),
        (md5(1), "", "unknown-algorithm"),
    ],
)
def test_refused(text: str, algorithm: str, code: str) -> None:
    """What is no hash of its algorithm is refused by a stable code."""
    with pytest.raises(RowError) as caught:
        read_hash(text, algorithm)
    assert caught.value.code == code


def test_kept_as_they_are() -> None:
    """A hash that is only kept keeps its text; a CRC-32 may be all zeros."""
    assert read_hash(photodna(1), "HASH_PDNA") == ("photodna", photodna(1).encode())
    assert read_hash("00000000", "CRC32") == ("crc32", b"00000000")


def test_repeating_value_is_kept() -> None:
    """Only zeros and ones are constants; a value that repeats may be a hash."""
    assert read_hash("a1" * 16, "md5") == ("md5", b"\xa1" * 16)


def test_hash_in_place_of_a_name() -> None:
    """A hash in the column of its algorithm does not get into the message."""
    with pytest.raises(RowError) as caught:
        read_hash("pdq", pdq(1))
    assert caught.value.detail == "no algorithm is known"


def test_short_names_are_shown() -> None:
    """A name that is too short for a hash is shown, so that people can tell what is missing."""
    with pytest.raises(RowError) as caught:
        read_hash(md5(1), "BLAKE3")
    assert caught.value.detail == "no algorithm 'blake3' is known"


def test_by_length() -> None:
    """Length tells MD5 and SHA-1; 64 digits may be SHA-256 or PDQ and tell nothing."""
    assert [algorithm_by_length(text) for text in (md5(1), "0" * 40)] == ["md5", "sha1"]
    with pytest.raises(RowError) as caught:
        algorithm_by_length(sha256(1))
    assert caught.value.code == "unknown-algorithm"
    assert "--list sha256:FILE" in caught.value.detail

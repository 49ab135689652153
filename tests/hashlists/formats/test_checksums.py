"""Checksum files: GNU and BSD forms, kinds by length, escaped names."""

from pathlib import Path

import pytest

from support.list_samples import (
    READERS,
    checksums,
    entries,
    hexes,
    md5,
    pdq,
    read,
    refusals,
    sha1,
    sha256,
)


def test_sample(tmp_path: Path) -> None:
    """Each form gives its hash, its kind and the file's name."""
    rows = read(tmp_path, "checksums", checksums(1))
    assert [(e.entry_id, hexes(e)) for e in entries(rows)] == [
        ("photos/1.jpg", {"sha256": sha256(1)}),
        ("binary.jpg", {"md5": md5(31)}),
        ("a\nb\\c.jpg", {"sha1": sha1(32)}),
        ("a (1).jpg", {"sha256": sha256(33)}),
        ("a.jpg", {"sha512": sha256(34) + sha256(35)}),
    ]
    assert refusals(rows) == [(6, "unknown-algorithm")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"MD5 (x) = {md5(1)}", {"md5": md5(1)}),
        (f"SHA2-256(x)= {sha256(1)}", {"sha256": sha256(1)}),
        (f"SHA1(x)= {sha1(1).upper()}", {"sha1": sha1(1)}),
        (f"      2835  {md5(1)}  x", {"md5": md5(1)}),
    ],
)
def test_forms(tmp_path: Path, line: str, expected: dict[str, str]) -> None:
    """BSD, OpenSSL and md5deep -z write it their own way."""
    assert READERS["checksums"].recognises(line.encode())
    (entry,) = entries(read(tmp_path, "checksums", line))
    assert (entry.entry_id, hexes(entry)) == ("x", expected)


def test_named_by_the_user(tmp_path: Path) -> None:
    """The user's algorithm goes before the length."""
    (entry,) = entries(read(tmp_path, "checksums", f"{pdq(1)}  x", algorithm="pdq"))
    assert hexes(entry) == {"pdq": pdq(1)}


@pytest.mark.parametrize("line", [f"{md5(1)} x", f"{md5(1)},x", md5(1), "BLAKE2b (x) = 12"])
def test_other_lines_are_text(line: str) -> None:
    """One space, a comma or no name at all is no checksum file."""
    assert not READERS["checksums"].recognises(line.encode())

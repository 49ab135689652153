"""iLook: both versions, names with commas."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import entries, hexes, ilook, md5, read, refusals, sha1, sha256


def test_sample(tmp_path: Path) -> None:
    """Hashes before and after the names are found, though a name holds a comma."""
    rows = read(tmp_path, "ilook", ilook(1))
    assert [(e.entry_id, hexes(e)) for e in entries(rows)] == [
        ("a.gz", {"md5": md5(1), "sha1": sha1(1)}),
        ("NULL", {"md5": md5(31), "sha1": sha1(31), "sha256": sha256(31)}),
    ]
    assert refusals(rows) == [(4, "bad-row")]


def test_version_3(tmp_path: Path) -> None:
    """Version 3 ends with its hashes."""
    head = "V3Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512"
    row = f"{md5(1)},,x,y,7,{sha256(1)},,{sha256(2)}{sha256(3)}"
    (entry,) = entries(read(tmp_path, "ilook", f"{head}\n{row}\n"))
    assert hexes(entry) == {
        "md5": md5(1),
        "sha256": sha256(1),
        "sha512": sha256(2) + sha256(3),
    }


def test_no_header(tmp_path: Path) -> None:
    """Another header is refused."""
    with pytest.raises(ListError, match="header"):
        read(tmp_path, "ilook", f"V9Hash,HashSHA1\n{md5(1)},\n")

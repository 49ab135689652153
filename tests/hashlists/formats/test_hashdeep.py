"""hashdeep: the header names the hashes, and names may hold commas."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import entries, hashdeep, hexes, md5, read, refusals, sha256


def test_sample(tmp_path: Path) -> None:
    """Commas after the last hash belong to the name; a bad hash does not cost the good one."""
    rows = read(tmp_path, "hashdeep", hashdeep(1))
    assert [(e.line, e.entry_id, hexes(e)) for e in entries(rows)] == [
        (5, "/demo/1,with,commas", {"md5": md5(1), "sha256": sha256(1)}),
        (7, "/demo/short", {"sha256": sha256(32)}),
    ]
    assert refusals(rows) == [(6, "bad-row"), (7, "bad-length")]


def test_kept_kinds(tmp_path: Path) -> None:
    """Tiger and Whirlpool are kept."""
    data = f"%%%% HASHDEEP-1.0\n%%%% size,tiger,filename\n7,{md5(1)}{md5(2)[:16]},x\n"
    (entry,) = entries(read(tmp_path, "hashdeep", data))
    assert hexes(entry) == {"tiger": md5(1) + md5(2)[:16]}


def test_no_header(tmp_path: Path) -> None:
    """Without the line that names the columns nothing can be read."""
    with pytest.raises(ListError, match="line 2"):
        read(tmp_path, "hashdeep", f"%%%% HASHDEEP-1.0\n7,{md5(1)},x\n")

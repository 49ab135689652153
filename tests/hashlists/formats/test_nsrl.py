"""NSRL in text: both orders of columns, names with commas and quotes."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import entries, hexes, md5, nsrl, read, refusals, sha1


def test_sample(tmp_path: Path) -> None:
    """Commas and quotes in a name do not shift the hashes."""
    rows = read(tmp_path, "nsrl", nsrl(2))
    first, second, short = entries(rows)
    assert hexes(first) == {"sha1": sha1(1), "md5": md5(1), "crc32": "AA6A7B16"}
    assert [e.entry_id for e in (first, second, short)] == ["a, b.gif", 'a"b.gif', "short"]
    assert refusals(rows) == [(4, "bad-length"), (5, "bad-row")]


def test_older_order(tmp_path: Path) -> None:
    """The order of version 1.5 is read by its own header; an MD4 of zeros stands for none."""
    head = (
        '"SHA-1","FileName","FileSize","ProductCode","OpSystemCode","MD4","MD5","CRC32",'
        '"SpecialCode"'
    )
    line = f'"{sha1(1)}","a",b.gif",7,228,"WIN","{"0" * 32}","{md5(1)}","AA6A7B16",""'
    (entry,) = entries(read(tmp_path, "nsrl", f"{head}\n{line}\n"))
    assert entry.entry_id == 'a",b.gif'
    assert hexes(entry) == {"sha1": sha1(1), "md5": md5(1), "crc32": "AA6A7B16"}


def test_no_header(tmp_path: Path) -> None:
    """Without the header the columns are not known."""
    with pytest.raises(ListError, match="header"):
        read(tmp_path, "nsrl", nsrl(1).partition(b"\n")[2])


@pytest.mark.parametrize("text", ['",1', '",1,', ',"', '","'])
def test_long_lines_in_linear_time(tmp_path: Path, text: str) -> None:
    """A line of almost a megabyte that repeats what fields end with is soon read or refused."""
    sample = nsrl(1).decode().splitlines()
    older = (
        '"SHA-1","FileName","FileSize","ProductCode","OpSystemCode","MD4","MD5","CRC32",'
        '"SpecialCode"'
    )
    junk = text * (1_000_000 // len(text))
    for head, start in (
        (sample[0], f'"{sha1(1)}","{md5(1)}","AA6A7B16","'),
        (older, f'"{sha1(1)}","'),
    ):
        rows = read(tmp_path, "nsrl", f"{head}\n{start}{junk}\n")
        assert len(rows) == 1

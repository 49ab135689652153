"""EnCase: binary records, the set's name, files that were cut off."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import encase, entries, hexes, md5, read, refusals


def test_sample(tmp_path: Path) -> None:
    """A record gives its MD5 and the set's name; zeros are refused."""
    rows = read(tmp_path, "encase", encase(2))
    assert [(e.entry_id, e.source, hexes(e)) for e in entries(rows)] == [
        ("record-1", "EnCase Demo", {"md5": md5(1)}),
        ("record-2", "EnCase Demo", {"md5": md5(2)}),
    ]
    assert refusals(rows) == [(3, "bogus-hash")]


@pytest.mark.parametrize(("cut", "line"), [(1, 3), (17, 3), (18, 3), (19, 2)])
def test_cut_off(tmp_path: Path, cut: int, line: int) -> None:
    """A file that lost its end says so, be it within a record or between two."""
    assert refusals(read(tmp_path, "encase", encase(2)[:-cut])) == [(line, "damaged")]


def test_count_may_be_missing(tmp_path: Path) -> None:
    """Some tools leave the number of records at zero; all records are read."""
    data = bytearray(encase(2))
    data[16:20] = bytes(4)
    assert len(entries(read(tmp_path, "encase", bytes(data)))) == 2


def test_no_header(tmp_path: Path) -> None:
    """A file that ends within its header is refused as a whole."""
    with pytest.raises(ListError, match="EnCase"):
        read(tmp_path, "encase", encase(2)[:1000])

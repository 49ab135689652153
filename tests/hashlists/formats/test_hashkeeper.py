"""HashKeeper: the fixed columns, blank lines, short rows."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import entries, hashkeeper, hexes, md5, read, refusals


def test_sample(tmp_path: Path) -> None:
    """A row gives its MD5, named by its set and number."""
    rows = read(tmp_path, "hashkeeper", hashkeeper(1))
    (entry,) = entries(rows)
    assert (entry.line, entry.entry_id, entry.source) == (3, "5/1", "HashKeeper 5")
    assert hexes(entry) == {"md5": md5(1)}
    assert refusals(rows) == [(4, "bad-row"), (5, "bogus-hash")]


def test_no_header(tmp_path: Path) -> None:
    """Without the header the file is something else."""
    with pytest.raises(ListError, match="header"):
        read(tmp_path, "hashkeeper", f'1,5,"x","y","{md5(1)}"\n')

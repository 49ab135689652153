"""Tech Against Terrorism: arrays, pages and lines, deletions."""

import json
from pathlib import Path

import pytest

from support.list_samples import entries, hexes, md5, pdq, read, refusals, tat


def test_sample(tmp_path: Path) -> None:
    """An entry gives its hash, ideology and file type; a deleted one takes it back."""
    rows = read(tmp_path, "tat", tat(1))
    first, picture, gone = entries(rows)
    assert (first.entry_id, first.key, hexes(first)) == ("1", "tat:1", {"md5": md5(1)})
    assert (first.category, first.scheme) == ("far-right", "Tech Against Terrorism")
    assert (first.labels, first.updated) == (("mp4",), "2024-01-10T15:37:20.222779Z")
    assert hexes(picture) == {"pdq": pdq(31)}
    assert (gone.key, gone.withdrawn) == (first.key, True)
    assert refusals(rows) == [(4, "bad-length")]


@pytest.mark.parametrize("shape", ["page", "lines"])
def test_shapes(tmp_path: Path, shape: str) -> None:
    """A page of results and an entry a line read as the array does."""
    found = json.loads(tat(1))
    page = {"count": 4, "next": None, "checkpoint": "1,2", "results": found}
    lines = "\n".join(json.dumps(each) for each in found)
    data = {"page": json.dumps(page), "lines": lines}[shape]
    assert read(tmp_path, "tat", data) == read(tmp_path, "tat", tat(1))


def test_deletion_without_an_id(tmp_path: Path) -> None:
    """A deletion that names nothing is refused."""
    assert refusals(read(tmp_path, "tat", '[{"deleted": true}, "x"]')) == [
        (1, "bad-row"),
        (2, "bad-row"),
    ]

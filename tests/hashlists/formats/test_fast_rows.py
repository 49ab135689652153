"""The quick way for plain rows agrees with the full one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.hashlists.formats.base import ListFile, RowError
from hashsweep.hashlists.formats.fast_rows import quick
from hashsweep.hashlists.formats.fields import entry_of, layout
from support.list_samples import md5, pdq, photodna, sha1

SOURCE = ListFile(Path("list"), scheme="demo")
NAMES = ["id", "md5", "sha1", "pdq", "photodna", "category", "tags", "source", "updated", "quality"]
CELLS = [
    ["", "7", " x "],
    ["", md5(1), md5(2).upper(), md5(3)[:31], "0" * 32, " " * 32, f" {md5(4)} ", "f f" * 10 + "ff"],
    ["", sha1(1), "F" * 40, "g" * 40, "\u0665" * 40],
    ["", pdq(1), pdq(2)[:63], "1" * 256],
    ["", photodna(1)],
    ["", "A1", " A "],
    ["", "a;b|c", " "],
    ["", "S"],
    ["", "2026-01-01", " 1767225600 ", "soon"],
    ["", "0", "100", "101", "87.0", "x", "\u0665"],
]

rows = st.tuples(*map(st.sampled_from, CELLS)).map(list)


@given(row=rows, drop=st.integers(0, 3))
def test_agrees(row: list[str], drop: int) -> None:
    """Where the quick way gives an entry, the full one gives that and nothing else."""
    where = layout(NAMES, SOURCE)
    assert where is not None
    row = row[: len(row) - drop]
    found = quick(where, SOURCE)(5, row)
    try:
        expected = list(entry_of(5, row, where, SOURCE))
    except RowError:
        expected = []
    assert found is None or [found] == expected


def test_takes_plain_rows() -> None:
    """A wide row of good hashes goes the quick way."""
    where = layout(["id", "md5", "pdq", "quality"], SOURCE)
    assert where is not None
    assert quick(where, SOURCE)(5, ["7", md5(1), pdq(1).upper(), "87"]) is not None


@pytest.mark.parametrize("names", [["hash", "algorithm"], ["md5", "status"]])
def test_leaves_other_tables_alone(names: list[str]) -> None:
    """Long tables, and those whose rows may be withdrawn, go the full way."""
    where = layout(names, SOURCE)
    assert where is not None
    assert quick(where, SOURCE)(5, [md5(1), "md5"]) is None

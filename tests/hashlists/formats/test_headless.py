"""Columns of tables without a header; test_text.py has more by way of the reader."""

from hashsweep.hashlists.formats.headless import columns_of
from support.list_samples import md5, pdq


def test_columns() -> None:
    """Hash, algorithm, id, category and date by what stands in them."""
    lines = [f"n-{n};md5;{md5(n)};CSAM;2026-01-0{n}T00:00:00Z" for n in (1, 2, 3)]
    found = columns_of(lines, None)
    assert found is not None
    assert (found.entry_id, found.algorithm, found.hashes, found.category, found.updated) == (
        0, 1, (2,), 3, 4,
    )  # fmt: skip


def test_no_table() -> None:
    """One line, lines of different widths, and lines without a hash show nothing."""
    for lines in ([f"{md5(1)},A"], [f"{md5(1)},A", f"{md5(2)},A,B"], ["a,b", "c,d"], []):
        assert columns_of(lines, None) is None


def test_of_the_algorithm_that_the_user_names() -> None:
    """Hashes of other lengths count then."""
    lines = [f"{pdq(n)[:16]},name-{n}" for n in (1, 2)]
    found = columns_of(lines, "phash")
    assert found is not None
    assert (found.hashes, found.entry_id) == ((0,), 1)

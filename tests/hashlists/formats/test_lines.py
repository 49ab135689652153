"""Lines of a list file: their numbers, ends and encoding."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.lines import LONGEST, head_of, number_lines


def lines(folder: Path, data: bytes) -> list[tuple[int, str]]:
    """The numbered lines of a file with this content."""
    (folder / "list").write_bytes(data)
    return list(number_lines(folder / "list"))


def test_numbers_and_ends(tmp_path: Path) -> None:
    """Lines count from 1, blank ones too, and lose CR and LF; the last needs no end."""
    assert lines(tmp_path, b"a\r\n\nb \nc") == [(1, "a"), (2, ""), (3, "b "), (4, "c")]
    assert lines(tmp_path, b"") == []


def test_encoding(tmp_path: Path) -> None:
    """A byte order mark is dropped at the start only; bytes that are not UTF-8 are marked."""
    assert lines(tmp_path, b"\xef\xbb\xbfa\n\xff\xc3\xa9") == [(1, "a"), (2, "\ufffd\u00e9")]


@pytest.mark.parametrize(("length", "good"), [(LONGEST - 1, True), (LONGEST, False)])
def test_longest(tmp_path: Path, length: int, good: bool) -> None:
    """A line of a megabyte is no line of a list."""
    if good:
        assert len(lines(tmp_path, b"x" * length)) == 1
        return
    with pytest.raises(ListError, match="line 1 is over"):
        lines(tmp_path, b"x" * length)


def test_head(tmp_path: Path) -> None:
    """The head is the first bytes of the file, or all of it."""
    (tmp_path / "list").write_bytes(b"abc")
    assert (head_of(tmp_path / "list", 2), head_of(tmp_path / "list")) == (b"ab", b"abc")


def test_missing(tmp_path: Path) -> None:
    """A file that cannot be read is a ListError."""
    with pytest.raises(ListError):
        list(number_lines(tmp_path / "gone"))
    with pytest.raises(ListError):
        head_of(tmp_path)

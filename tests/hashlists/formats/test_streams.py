"""JSON as a stream: bounded depth and length, bad UTF-8, several documents, damage."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError
from hashsweep.hashlists.formats.streams import (
    LONGEST,
    Damaged,
    Gauge,
    entries,
    json_records,
    member,
    objects,
)
from hashsweep.model import Entry, Refusal


def source(folder: Path, data: bytes) -> ListFile:
    """A list with this content."""
    (folder / "list").write_bytes(data)
    return ListFile(folder / "list")


def records(folder: Path, data: bytes, prefix: str = "v.item") -> list[Any]:
    """The records at `prefix`, with the word "damaged" where they end in damage."""
    found: list[Any] = []
    try:
        found.extend(json_records(source(folder, data), prefix))
    except Damaged:
        found.append("damaged")
    return found


def test_records(tmp_path: Path) -> None:
    """Records of all documents in the file come one by one."""
    assert records(tmp_path, b'{"v": [1, {"a": 2.5}]}\n{"w": [3], "v": [4]}') == [1, {"a": 2.5}, 4]
    assert records(tmp_path, b'{"a": 1}\n{"a": 2}', "") == [{"a": 1}, {"a": 2}]


def test_bad_utf8(tmp_path: Path) -> None:
    """A byte order mark is dropped, and bytes that are not UTF-8 cost no record."""
    long = "é" * 20_000
    data = b'\xef\xbb\xbf{"v": ["a\xffb", "' + long.encode() + b'"]}'
    assert records(tmp_path, data) == ["a�b", long]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"[" * 3_000_000,
        b'{"a":' * 3_000_000,
        (b"[" * 4000 + b"]" * 4000) * 100,
        b'{"v": ["' + b"x" * (LONGEST + 10_000),
        b'{"v": 12345678901234567890123}',
        b'{"v": 1e999}',
    ],
    ids=["empty", "text", "arrays", "objects", "waves", "endless", "integer", "float"],
)
def test_damage(tmp_path: Path, data: bytes) -> None:
    """What is no JSON, or nests or goes on without end, is damage and fills no memory."""
    assert records(tmp_path, data) == ["damaged"]


def test_brackets_in_names(tmp_path: Path) -> None:
    """A name with an odd bracket in every record is no depth."""
    data = b'{"v": [' + b",".join([b'{"name": "a[1.jpg", "n": "%s"}' % (b"x" * 90)] * 5000) + b"]}"
    assert len(records(tmp_path, data)) == 5000


def test_missing(tmp_path: Path) -> None:
    """A file that is not there is a ListError."""
    with pytest.raises(ListError):
        list(json_records(ListFile(tmp_path / "gone"), ""))


def test_gauge() -> None:
    """The count begins anew with each record."""
    gauge = Gauge(io.BytesIO(b"x" * 30), longest=20)
    assert gauge.read(15) == b"x" * 15
    gauge.start_record()
    assert gauge.read() == b"x" * 15
    gauge = Gauge(io.BytesIO(b"x" * 30), longest=20)
    with pytest.raises(Damaged):
        gauge.read()


def one(number: int, record: Any) -> Iterator[Entry | Refusal]:
    """An entry of a record; "bad" is refused."""
    if record == "bad":
        raise RowError("bad-row", "no good")
    yield Entry(str(record), (), line=number)


def broken(*values: Any) -> Iterator[Any]:
    """Records that end in damage."""
    yield from values
    raise Damaged


def test_entries() -> None:
    """A bad record is refused with its number; damage is the last thing that is told."""
    found = list(entries(ListFile(Path("x")), broken("a", "bad", "b"), one))
    assert [(row.line, type(row).__name__) for row in found] == [
        (1, "Entry"),
        (2, "Refusal"),
        (3, "Entry"),
        (4, "Refusal"),
    ]
    assert [row.code for row in found if isinstance(row, Refusal)] == ["bad-row", "damaged"]


def test_useless_from_the_start() -> None:
    """Damage before the first record makes the file useless."""
    with pytest.raises(ListError, match="from the start"):
        list(entries(ListFile(Path("x")), broken(), one))


def test_member_and_objects() -> None:
    """Only objects have members."""
    assert (member({"a": 1}, "a"), member({}, "a")) == (1, None)
    with pytest.raises(RowError):
        member([1], "a")
    assert list(objects([{"a": 1}, 2, None])) == [{"a": 1}]
    assert list(objects("ab")) == []

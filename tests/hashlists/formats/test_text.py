"""Plain text lists: bare hashes, named ones, PDQ's own forms."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.lines import LONGEST
from support.list_samples import entries, hexes, md5, pdq, photodna, read, refusals, sha1, text


def test_sample(tmp_path: Path) -> None:
    """Each form of line gives its hash, its kind and what names it."""
    rows = read(tmp_path, "text", text())
    assert [(e.line, e.entry_id, hexes(e), e.quality) for e in entries(rows)] == [
        (3, "id 1", {"md5": md5(1)}, None),
        (4, "id 2", {"md5": md5(2)}, None),
        (5, "id 3", {"md5": md5(3)}, None),
        (6, "line-6", {"sha1": sha1(31)}, None),
        (7, "line-7", {"pdq": pdq(32)}, None),
        (8, "a,b.jpg", {"pdq": pdq(33)}, 87),
    ]
    assert refusals(rows) == [(9, "unknown-algorithm"), (10, "unknown-algorithm")]


def test_named_by_the_user(tmp_path: Path) -> None:
    """64 digits are PDQ where the user says so, with metadata after them or without."""
    rows = read(tmp_path, "text", f"{pdq(1)}\n{pdq(2)},example/b.jpg\n", algorithm="pdq")
    found = [(e.entry_id, hexes(e)) for e in entries(rows)]
    assert found == [("line-1", {"pdq": pdq(1)}), ("example/b.jpg", {"pdq": pdq(2)})]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"pdq {pdq(1)}", {"pdq": pdq(1)}),
        (f"video_md5 {md5(1)}", {"md5": md5(1)}),
        (f"sha256 {pdq(1)}", {"sha256": pdq(1)}),
        (f"pdna {photodna(1)} name", {"photodna": photodna(1)}),
        (f"hash={pdq(1).upper()},case=demo", {"pdq": pdq(1)}),
        (f"hash={md5(1)}", {"md5": md5(1)}),
    ],
)
def test_named_by_the_line(tmp_path: Path, line: str, expected: dict[str, str]) -> None:
    """A line may name its kind, as local files and PDQ's tools do."""
    assert [hexes(e) for e in entries(read(tmp_path, "text", line))] == [expected]


def test_bad_quality_keeps_the_hash(tmp_path: Path) -> None:
    """A quality that is none is refused; the hash is kept."""
    rows = read(tmp_path, "text", f"hash={pdq(1)},quality=high,filename=x")
    assert refusals(rows) == [(1, "bad-quality")]
    assert [e.entry_id for e in entries(rows)] == ["x"]


def test_endless_line(tmp_path: Path) -> None:
    """A line of over a megabyte is no line of a list."""
    with pytest.raises(ListError, match="line 2 is over"):
        read(tmp_path, "text", f"{md5(1)}\n" + "a" * (LONGEST + 1))


def test_further_hashes_of_a_line(tmp_path: Path) -> None:
    """A table without a header gives all hashes of a line, and none of them as an id."""
    data = f"{md5(1)},{sha1(1)}\n{md5(2)};{pdq(2)};a, b\n{md5(3)}, a, b;{sha1(3).upper()}\n"
    rows = read(tmp_path, "text", data)
    assert [(e.entry_id, hexes(e)) for e in entries(rows)] == [
        ("line-1", {"md5": md5(1), "sha1": sha1(1)}),
        ("a b", {"md5": md5(2)}),
        ("a b", {"md5": md5(3), "sha1": sha1(3)}),
    ]
    assert refusals(rows) == [(2, "unknown-algorithm")]
    (named,) = entries(read(tmp_path, "text", f"{pdq(1)},{pdq(2)},{md5(1)}", algorithm="pdq"))
    assert [value.hex() for _, value in named.hashes] == [pdq(1), pdq(2), md5(1)]
    (pair,) = entries(read(tmp_path, "text", f"hash={pdq(1)},{md5(1)},x"))
    assert pair.entry_id == "line-1"


def test_commas_in_an_id(tmp_path: Path) -> None:
    """What follows the first separator is the id as it stands."""
    (entry,) = entries(read(tmp_path, "text", f"{md5(1)},a, b,c.jpg"))
    assert entry.entry_id == "a, b,c.jpg"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_without_a_header(tmp_path: Path, delimiter: str) -> None:
    """An id may come first; what is short or comes again is the category, and never the id."""
    table = [("x-1", md5(1), "CSAM"), ("x-2", md5(2), "CSAM"), ("x-3", "NULL", "CSAM")]
    rows = read(tmp_path, "text", "".join(delimiter.join(row) + "\n" for row in table))
    assert [(e.entry_id, hexes(e), e.category) for e in entries(rows)] == [
        ("x-1", {"md5": md5(1)}, "CSAM"),
        ("x-2", {"md5": md5(2)}, "CSAM"),
    ]
    assert refusals(rows) == [(3, "no-hash")]


@pytest.mark.parametrize(
    ("row", "ids"),
    [
        ("{md5},A{n}", False),
        ("{md5},1", False),
        ("{md5},{n}", False),
        ("md5,{md5},A", False),
        ("{md5},CSAM", False),
        ("{md5} CSAM", False),
        ("{n},{md5},A", True),
        ("{md5},A,file-{n}", True),
        ("{md5},file-{n}", True),
        ("{n};md5;{md5};2026-01-0{n}T00:00:00Z;A1", True),
    ],
)
def test_what_is_an_id_in_a_table_without_a_header(tmp_path: Path, row: str, ids: bool) -> None:
    """Only a column that has no value twice, and is no code of one or two characters."""
    lines = [row.format(md5=md5(n), n=n) for n in range(1, 5)]
    found = entries(read(tmp_path, "text", "\n".join(lines)))
    assert [hexes(e)["md5"] for e in found] == [md5(n) for n in range(1, 5)]
    assert all(e.entry_id.startswith("line-") != ids for e in found)
    assert len({e.entry_id for e in found}) == 4


def test_a_header_that_names_no_hash(tmp_path: Path) -> None:
    """One clear refusal, with the option that helps; a damaged first row is no header."""
    with pytest.raises(ListError, match=r"names no column of hashes \(it has Kennung, Klasse\)"):
        read(tmp_path, "text", f"Kennung,Klasse\n{md5(1)},A\n{md5(2)},B\n")
    rows = read(tmp_path, "text", f"{md5(1)[:31]},A\n{md5(2)},B\n{md5(3)},A\n")
    assert refusals(rows) == [(1, "unknown-algorithm")]
    assert len(entries(rows)) == 2

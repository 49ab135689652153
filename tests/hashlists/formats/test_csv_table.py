"""CSV and TSV: both shapes, quoting, the user's column names."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.csv_table import READER
from support.list_samples import entries, hexes, md5, pdq, photodna, read, refusals, sha256, table


def test_sample(tmp_path: Path) -> None:
    """A wide table gives an entry a row, with its kept hashes and its tombstones."""
    rows = read(tmp_path, "csv", table(2))
    first, second, gone, bad = entries(rows)
    assert hexes(first) == {"md5": md5(1), "photodna": photodna(1), "pdq": pdq(1)}
    assert (first.entry_id, first.key, first.category) == ("1", "table:1", "A, 1")
    assert (first.labels, first.quality, first.replaces) == (("x", "y"), 90, False)
    assert second.entry_id == "2"
    assert (gone.entry_id, gone.withdrawn, gone.hashes) == ("w", True, ())
    assert (hexes(bad), bad.quality) == ({"pdq": pdq(32)}, None)
    assert refusals(rows) == [(5, "bad-length"), (5, "bad-quality"), (6, "bad-row"), (7, "bad-row")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    """Commas, tabs and semicolons separate cells."""
    data = delimiter.join(["id", "md5"]) + "\n" + delimiter.join(["7", md5(1)])
    assert [(e.entry_id, hexes(e)) for e in entries(read(tmp_path, "csv", data))] == [
        ("7", {"md5": md5(1)})
    ]


def test_dataset_of_threatexchange(tmp_path: Path) -> None:
    """The CSV of a python-threatexchange dataset is a long table."""
    data = (
        "signal_type,signal_str,collab,category,tags\n"
        f"pdq,{pdq(1)},Demo,true positive,a|b\n"
        f"video_md5,{md5(2)},Demo,,\n"
        "raw_text,some words,Demo,,\n"
        f"tlsh,{pdq(3)},Demo,,\n"
    )
    rows = read(tmp_path, "csv", data)
    assert [(hexes(e), e.source, e.category, e.labels) for e in entries(rows)] == [
        ({"pdq": pdq(1)}, "Demo", "true positive", ("a", "b")),
        ({"md5": md5(2)}, "Demo", "", ()),
        ({"text": "some words"}, "Demo", "", ()),
    ]
    assert refusals(rows) == [(5, "unknown-algorithm")]


def test_rows_of_one_entry(tmp_path: Path) -> None:
    """Rows of a long table that follow each other with one id are one entry."""
    data = f"entry_id,algorithm,hash\n7,md5,{md5(1)}\n7,pdq,{pdq(1)}\n8,md5,{md5(2)}\n"
    assert [(e.entry_id, hexes(e)) for e in entries(read(tmp_path, "csv", data))] == [
        ("7", {"md5": md5(1), "pdq": pdq(1)}),
        ("8", {"md5": md5(2)}),
    ]


def test_rows_of_a_wide_table_stay_apart(tmp_path: Path) -> None:
    """A wide table has an entry a row, whatever its ids."""
    data = f"name,md5\na.jpg,{md5(1)}\na.jpg,{md5(2)}\n"
    assert len(entries(read(tmp_path, "csv", data))) == 2


def test_map(tmp_path: Path) -> None:
    """Columns of any name are read as the user says."""
    data = f"Digest;Klasse;Nr\n{sha256(1)};A;7\n"
    columns = {"sha256": "digest", "category": "Klasse", "entry_id": "NR"}
    (entry,) = entries(read(tmp_path, "csv", data, columns=columns, scheme="demo"))
    assert (hexes(entry), entry.category, entry.scheme, entry.key) == (
        {"sha256": sha256(1)},
        "A",
        "demo",
        "table:7",
    )


def test_newline_in_a_cell_costs_its_row_only(tmp_path: Path) -> None:
    """A quote that does not close on its line is refused, and the rest of the file is read."""
    data = f'id,md5\n"a\nb",{md5(1)}\n"c ""d""",{md5(2)}\n'
    rows = read(tmp_path, "csv", data)
    assert refusals(rows) == [(2, "bad-row"), (3, "bad-row")]
    assert [e.entry_id for e in entries(rows)] == ['c "d"']


def test_more_cells_than_columns(tmp_path: Path) -> None:
    """A row with cells too many may be shifted, so it is refused; empty ones do no harm."""
    rows = read(tmp_path, "csv", f"id,md5\na,b,{md5(1)}\nc,{md5(2)},,\nd\n")
    assert refusals(rows) == [(2, "bad-row"), (4, "no-hash")]
    assert [e.entry_id for e in entries(rows)] == ["c"]


@pytest.mark.parametrize(("header", "word"), [("entry_id,status", "Withdrawn"), ("id,deleted", 1)])
def test_withdrawals_need_no_hash_column(tmp_path: Path, header: str, word: object) -> None:
    """An id and a status are enough; a row that is not withdrawn is refused."""
    data = f"{header}\na,{word}\nb,\nc,{word}\n"
    rows = read(tmp_path, "csv", data)

    assert READER.recognises(data.encode())
    assert [(e.entry_id, e.withdrawn) for e in entries(rows)] == [("a", True), ("c", True)]
    assert refusals(rows) == [(3, "no-hash")]


@pytest.mark.parametrize("data", ["id,name\n1,2\n", '"md5\n1\n', "# comment\n"])
def test_no_header(tmp_path: Path, data: str) -> None:
    """A file whose first line names no hash is refused as a whole."""
    with pytest.raises(ListError):
        read(tmp_path, "csv", data)


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        ("pdq_hash,sha256sum,md5sum,video_md5", ["pdq", "sha256", "md5", "md5"]),
        ("PDQ Hash,sha256_digest,md5,MD5", ["pdq", "sha256", "md5", "md5"]),
    ],
)
def test_every_column_of_hashes_is_read(tmp_path: Path, header: str, kinds: list[str]) -> None:
    """A hash kind may have several columns and a longer name; none is dropped in silence."""
    data = f"id,{header}\n7,{pdq(1)},{sha256(1)},{md5(1)},{md5(2)}\n"
    (entry,) = entries(read(tmp_path, "csv", data))
    assert [kind for kind, _ in entry.hashes] == kinds
    assert [value.hex() for _, value in entry.hashes] == [pdq(1), sha256(1), md5(1), md5(2)]


def test_hash_column_twice(tmp_path: Path) -> None:
    """So it is with the one column of a long table."""
    (entry,) = entries(read(tmp_path, "csv", f"id,hash,hash\n7,{md5(1)},{md5(2)}\n"))
    assert {value.hex() for _, value in entry.hashes} == {md5(1), md5(2)}


def test_rows_that_start_like_comments(tmp_path: Path) -> None:
    """A line that starts with # and has all cells is a row; another one is a comment."""
    data = f'# list\nid,md5\n#7,{md5(1)}\n# a comment\n# a, b, "c"\n#8,{md5(2)}\n'
    rows = read(tmp_path, "csv", data)
    assert [e.entry_id for e in entries(rows)] == ["#7", "#8"]
    assert refusals(rows) == []
    assert refusals(read(tmp_path, "csv", f"md5\n# a comment\n{md5(1)}\n")) == []

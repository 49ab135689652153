"""CSV and TSV: both shapes, quoting, the user's column names."""

from pathlib import Path

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.csv_table import READER
from hashsweep.hashlists.formats.records import LONGEST_ROW
from support.list_samples import entries, hexes, md5, pdq, photodna, read, refusals, sha256, table


def test_sample(tmp_path: Path) -> None:
    """A wide table gives an entry a row, with its kept hashes and its tombstones."""
    rows = read(tmp_path, "csv", table(2))
    first, second, gone, bad, quoted = entries(rows)
    assert hexes(first) == {"md5": md5(1), "photodna": photodna(1), "pdq": pdq(1)}
    assert (first.entry_id, first.key, first.category) == ("1", "table:1", "A, 1")
    assert (first.labels, first.quality, first.replaces) == (("x", "y"), 90, False)
    assert second.entry_id == "2"
    assert (gone.entry_id, gone.withdrawn, gone.hashes) == ("w", True, ())
    assert (hexes(bad), bad.quality) == ({"pdq": pdq(32)}, None)
    assert (quoted.line, hexes(quoted)) == (
        6,
        {"md5": md5(33), "photodna": "a b"},
    )
    assert refusals(rows) == [(5, "bad-length"), (5, "bad-quality")]


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


def test_newlines_in_quotes(tmp_path: Path) -> None:
    """RFC 4180: a quoted cell may hold newlines, in the header as well."""
    data = f'id,"md5\n(hex)",note\n"a\nb",{md5(1)},"x\n\ny"\n"c ""d""",{md5(2)},"5"" disc"\n'
    rows = read(tmp_path, "csv", data)
    assert READER.recognises(data.encode())
    assert refusals(rows) == []
    assert [(e.line, e.entry_id, hexes(e)["md5"]) for e in entries(rows)] == [
        (3, "a b", md5(1)),
        (7, 'c "d"', md5(2)),
    ]


@pytest.mark.parametrize("lines", [1, 3, LONGEST_ROW + 5])
def test_a_stray_quote_costs_its_line_only(tmp_path: Path, lines: int) -> None:
    """Whether a later line closes it or none does: rows between are never taken for a note."""
    rows_between = "".join(f"{md5(n)},n{n}\n" for n in range(2, lines + 2))
    for end in ("", f'{md5(lines + 2)},no"te\n', f'{md5(lines + 2)},note"\n'):
        rows = read(tmp_path, "csv", f'md5,id\n{md5(1)},"note\n{rows_between}{end}')
        assert refusals(rows) == [(2, "bad-row")]
        assert len(entries(rows)) == lines + bool(end)


def test_a_quote_within_a_cell_is_one(tmp_path: Path) -> None:
    """Only a quote at the beginning of a cell quotes it."""
    rows = read(tmp_path, "csv", f'md5,id\n{md5(1)},5" disc\n{md5(2)},b\n')
    assert [e.entry_id for e in entries(rows)] == ['5" disc', "b"]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("sep=;\nmd5;category", ";"),
        ('"sep=|"\r\nmd5|category', "|"),
        ("Hash (MD5),Category", ","),
        ("md5_checksum\tcategory", "\t"),
        ('"Hash, MD5";category', ";"),
        ("file.md5,category", ","),
        ("Hash list of 2026-01-01\n\nfor members only\nMD5 Checksum,Category", ","),
        ("File Hash,Category", ","),
        ("Checksum,Type", ","),
    ],
)
def test_headers_of_spreadsheets_and_databases(tmp_path: Path, header: str, delimiter: str) -> None:
    """The column of hashes is found by its name, and no other cell becomes an id."""
    data = f"{header}\n{md5(1)}{delimiter}A\n{md5(2)}{delimiter}B\n"
    assert READER.recognises(data.encode())
    found = entries(read(tmp_path, "csv", data))
    assert [hexes(e) for e in found] == [{"md5": md5(1)}, {"md5": md5(2)}]
    assert all(e.entry_id.startswith("line-") for e in found)


@pytest.mark.parametrize("name", ["parent_md5", "md5_count", "pdq_distance", "md5_of_thumbnail"])
def test_columns_that_are_called_after_a_hash_and_are_none(name: str) -> None:
    """A name with other words in it is of something else."""
    assert not READER.recognises(f"id,{name}\n".encode())


@pytest.mark.parametrize("word", ["NULL", "N/A", "nan", "None", "-", "\\N", "<NA>", "(null)"])
def test_words_for_nothing(tmp_path: Path, word: str) -> None:
    """They are no hash, no id and no quality; a row with nothing else is refused."""
    data = f"id,md5,pdq,quality,status\n{word},{md5(1)},{word},{word},\nb,{word},{word},,\n"
    rows = read(tmp_path, "csv", f"{data}{word},{word},,,withdrawn\n")
    (entry,) = entries(rows)
    assert (entry.entry_id, entry.key, hexes(entry)) == ("line-2", "", {"md5": md5(1)})
    assert refusals(rows) == [(3, "no-hash"), (4, "bad-row")]


def test_a_row_is_no_header(tmp_path: Path) -> None:
    """A first row that names its kind has a hash in it."""
    assert not READER.recognises(f"md5,{md5(1)},A\nmd5,{md5(2)},B\n".encode())


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

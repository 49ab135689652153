"""Rows as lines: exact for programs, harmless for terminals and spreadsheets."""

import csv
import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Failure, Item, Match, Record
from hashsweep.output import row_formats
from hashsweep.output.row_formats import IN_TABLE, as_csv, as_jsonl, as_table, columns, rows
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment, list_segments
from hashsweep.report.writer import ReportWriter

MATCH = Match("sha256", 0, "known", "e-1", "cat", ("x", "y"), "exact", (("sha256", 0), ("pdq", 2)))
EVIL = "/srv/\udcff\x1b[2J\u202egpj.exe\n"
RECORDS = [
    Record(
        Item("/srv/a.jpg", columns={"case": "=7", "k": "v"}),
        size=3,
        mtime_ns=1_700_000_000_000_000_001,
        animated=False,
        hashes={"md5": b"\xab" * 16},
        matches=[MATCH],
    ),
    Record(Item(EVIL), size=4, mtime_ns=-1, matches=[MATCH]),
    Record(Item("/c"), reasons=[Failure("read", "gone", "No such file")]),
]


def opened(folder, table, records=RECORDS):
    """The segments of a report of some records, written one each."""
    with ReportFolder(folder) as report:
        writer = ReportWriter(report)
        for record in records:
            writer.add([record])
            writer.close_segment()
        writer.finish()
    return [Segment(path) for path in list_segments(folder, table)]


@pytest.fixture
def files(tmp_path):
    """The segments of `files`."""
    return opened(tmp_path / "report", "files")


@pytest.fixture
def matches(tmp_path):
    """The segments of `matches`."""
    return opened(tmp_path / "matched", "matches")


def test_rows_are_plain_and_exact(files, matches):
    """Hashes in hex, times with all their digits, names as the system has them."""
    first, second, third = rows(files)

    assert list(first) == columns(files[0].schema)
    assert (first["md5"], first["mtime"], first["mtime_ns"], first["animated"]) == (
        "ab" * 16, "2023-11-14T22:13:20.000000Z", 1, False,
    )  # fmt: skip
    assert first["source_columns"] == {"case": "=7", "k": "v"}
    assert (second["uri"], second["mtime"], second["mtime_ns"]) == (
        EVIL, "1969-12-31T23:59:59.999999Z", 999_999_999,
    )  # fmt: skip
    assert [third[name] for name in ("stage", "reason", "md5", "mtime")] == [
        "read", "gone", None, None,
    ]  # fmt: skip
    assert next(rows(matches))["evidence"] == [
        {"algorithm": "sha256", "distance": 0}, {"algorithm": "pdq", "distance": 2},
    ]  # fmt: skip


def test_failed_rows_alone(files):
    """Whatever segment they are in."""
    assert [row["uri"] for row in rows(files, failed=True)] == ["/c"]


def test_jsonl_is_exact_and_ascii(files):
    """A program gets the very name."""
    lines = "".join(as_jsonl(rows(files), []))

    assert lines.isascii()
    found = [json.loads(line) for line in lines.splitlines()]
    names = columns(files[0].schema)
    assert found == [{name: row[name] for name in names} for row in rows(files)]
    assert found[2]["reasons"] == [{"stage": "read", "reason": "gone", "detail": "No such file"}]
    assert os.fsencode(json.loads(lines.splitlines()[1])["uri"]) == os.fsencode(EVIL)


def read_back(lines):
    """What a spreadsheet makes of CSV."""
    return list(csv.reader(io.StringIO("".join(lines))))


def test_csv_has_all_columns(files, matches):
    """A header first, also where there are no rows; several values are joined."""
    names = columns(files[0].schema)
    head, first, second, third = read_back(as_csv(rows(files), names))
    found = dict(zip(head, first, strict=True))

    assert head == names
    assert (found["size"], found["animated"], found["md5"]) == ("3", "false", "ab" * 16)
    assert found["source_columns"] == "case==7;k=v"
    assert third[head.index("reasons")] == "read: gone (No such file)"
    assert second[head.index("uri")] == "/srv/\\xff\\x1b[2J\\u202egpj.exe\\x0a"
    assert read_back(as_csv(iter([]), ["a", "b"])) == [["a", "b"]]
    head, first, _ = read_back(as_csv(rows(matches), columns(matches[0].schema)))
    assert dict(zip(head, first, strict=True))["evidence"] == "sha256:0;pdq:2"
    assert dict(zip(head, first, strict=True))["labels"] == "x;y"


TEXTS = st.text() | st.builds(
    str.__add__,
    st.sampled_from(["=", "+", "-", "@", "\t", "\r", " =", "\u3000=", "\uff1d", "\n="]),
    st.text(),
)


@given(text=TEXTS, more=TEXTS)
def test_no_cell_is_a_formula_or_drives_a_terminal(text, more):
    """Whatever the text, alone, in a list or as a name of a column; one line a row."""
    row = {"a": text, "b": [text, more], "c": {text: more}, "n": -1}
    lines = list(as_csv(iter([row]), list(row)))
    (_, cells) = read_back(lines)

    assert lines[1].count("\n") == 1
    assert cells[3] == "-1"
    for cell in cells[:3]:
        assert not cell.strip().startswith((*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
        assert not set(cell) & set("\t\r\n\x1b\x9b")


def test_table_shows_the_main_columns_side_by_side(files, matches):
    """The name last; a frame beside its name; no name can drive the terminal."""
    table = list(as_table(rows(matches), IN_TABLE["matches"]))

    assert [line.split() for line in table] == [
        ["TIER", "DECISION", "ALGORITHM", "DISTANCE", "LIST", "CATEGORY", "ENTRY", "ID", "URI"],
        ["exact", "sha256", "0", "known", "cat", "e-1", "/srv/a.jpg"],
        ["exact", "sha256", "0", "known", "cat", "e-1",
         "/srv/\\\\xff\\x1b[2J\\u202egpj.exe\\x0a"],
    ]  # fmt: skip
    assert {
        line.index(word) for line, word in zip(table, ["URI", "/srv", "/srv"], strict=True)
    } == {table[0].index("URI")}
    assert list(as_table(iter([]), IN_TABLE["files"])) == []
    frame = {"uri": "/a.gif", "part": "frame 3", "status": "scanned"}
    assert list(as_table(iter([frame]), ("status", "uri")))[1] == "scanned  /a.gif (frame 3)\n"


def test_table_does_not_wait_for_all_rows(monkeypatch):
    """The first rows decide the widths; the others are not held."""
    monkeypatch.setattr(row_formats, "_LOOK_AHEAD", 2)
    drawn = []

    def found():
        for number in range(10):
            drawn.append(number)
            yield {"status": "s" * number, "uri": "/"}

    table = as_table(found(), ("status", "uri"))

    assert [next(table), next(table), next(table)] == [
        "STATUS  URI\n",
        "        /\n",
        "s       /\n",
    ]
    assert drawn == [0, 1]
    assert len(list(table)) == 8


WIDE = {
    "tier": "near", "algorithm": "pdq", "distance": 12, "list": "a-list-with-a-long-name",
    "category": "c" * 30, "entry_id": "e" * 30, "uri": "/srv/" + "folder/" * 20 + "file.jpg",
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 100, 120, 300])
def test_a_table_fits_where_it_has_a_width(width):
    """Least needed columns go first; the name keeps its two ends; wide enough, nothing changes."""
    names = [name for name in IN_TABLE["matches"] if name in WIDE]
    whole = [*as_table(iter([WIDE]), names)]
    head, line = as_table(iter([WIDE]), names, width)

    assert max(len(head), len(line)) <= width + 1
    assert line.endswith("file.jpg\n")
    assert line.split()[0] == "near"
    assert "/srv/" in line
    assert ([head, line] == whole) == (width == 300)
    assert ("CATEGORY" in head) == (width == 300)

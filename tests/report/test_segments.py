"""Reports are read as they were written, or refused with the file's name."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ReportError
from hashsweep.model import Item, Match, Record
from hashsweep.report import schema, segments
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment, list_segments, read_sweep, sweep_of
from hashsweep.report.writer import ReportWriter
from support.reports import sweep

MATCH = Match("md5", 0, "known", "e-1", "cat", (), "exact-md5", (("md5", 0),))
PART = "files/part-00000.parquet"
WAYS = [
    lambda path: Segment(path).table(),
    lambda path: Segment(path).group(0),
    lambda path: pa.Table.from_batches(Segment(path).batches(), Segment(path).schema),
]


def written(path, count=5):
    """A report of `count` items in parts of two, of which the fourth matches."""
    with ReportFolder(path) as folder:
        report = ReportWriter(folder)
        for number in range(count):
            item = Item(f"/{number}")
            report.add([Record(item, size=number, matches=[MATCH] * (number == 3))])
            if number % 2:
                report.close_segment()
        report.finish()
        folder.write_sweep(sweep())
    return path


@pytest.fixture
def report(tmp_path):
    """A report of five items in three parts."""
    return written(tmp_path / "report")


def rows(folder, table="files", columns=None):
    """All rows of a table."""
    batches = [
        batch for path in list_segments(folder, table) for batch in Segment(path).batches(columns)
    ]
    return [row for batch in batches for row in batch.to_pylist()]


def test_every_row_comes_back_in_order(report):
    """All parts one by one; the columns that are asked for; all ways of reading agree."""
    assert [row["uri"] for row in rows(report)] == ["/0", "/1", "/2", "/3", "/4"]
    assert list(rows(report)[0]) == schema.FILES.names
    assert rows(report, "matches", ["uri", "tier"]) == [{"uri": "/3", "tier": "exact-md5"}]
    assert sweep_of(report).sources == ["/srv"]
    assert sweep_of(report) == read_sweep(report)
    for path in list_segments(report, "files"):
        part = Segment(path)

        assert part.groups == 1
        assert part.group(0) == part.table() == pa.Table.from_batches(part.batches())


def test_memory_holds_one_batch(report, monkeypatch):
    """However large a part is, so many rows come at a time."""
    monkeypatch.setattr(segments, "BATCH_ROWS", 1)

    assert [len(batch) for batch in Segment(report / PART).batches()] == [1, 1]


def test_parts_are_in_the_order_of_their_numbers(tmp_path):
    """Also where the numbers grow longer; drafts are no parts."""
    (tmp_path / "files").mkdir()
    for name in ("part-100000.parquet", "part-00007.parquet", "part-00000.parquet"):
        (tmp_path / "files" / name).touch()
    (tmp_path / "files/.part-00001.parquet.tmp").touch()

    assert [path.name for path in list_segments(tmp_path, "files")] == [
        "part-00000.parquet", "part-00007.parquet", "part-100000.parquet",
    ]  # fmt: skip
    assert list_segments(tmp_path, "matches") == []


@pytest.mark.parametrize(
    "content", ["", "[" * 200_000, '{"tally": {', "[]", "{}", '{"tally": 3}', "{'tally': {}}"]
)
def test_a_damaged_sweep_json_is_refused(tmp_path, content):
    """With its name."""
    (tmp_path / "sweep.json").write_text(content)

    with pytest.raises(ReportError, match=r"sweep\.json is damaged"):
        sweep_of(tmp_path)


def test_a_folder_that_is_no_report_is_refused(tmp_path):
    """Because it holds nothing, or is not there, or its `sweep.json` cannot be read."""
    for folder, why in (
        (tmp_path, r"it has no sweep\.json$"),
        (tmp_path / "none", "the folder does not exist$"),
    ):
        assert read_sweep(folder) is None
        with pytest.raises(ReportError, match=f"is not a report: {why}"):
            sweep_of(folder)
    (tmp_path / "sweep.json").mkdir()
    with pytest.raises(ReportError, match=r"sweep\.json: Is a directory"):
        sweep_of(tmp_path)


def test_a_part_that_vanishes_is_told(report):
    """Between being listed and being opened."""
    with pytest.raises(ReportError, match=r"part-00009\.parquet: .*No such file"):
        Segment(report / "files/part-00009.parquet")


def test_a_part_that_is_no_file_is_told(report):
    """A pipe would be waited for."""
    (report / PART).unlink()
    os.mkfifo(report / PART)

    with pytest.raises(ReportError, match=r"part-00000\.parquet is not a file"):
        Segment(report / PART)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PARE", b"PAR1" * 100, bytes(1000)])
def test_a_part_that_is_no_parquet_is_told(report, content):
    """Cut off, emptied, or something else."""
    (report / PART).write_bytes(content)

    with pytest.raises(ReportError, match=r"part-00000\.parquet is damaged|is encrypted"):
        rows(report)


def test_a_part_of_something_else_is_refused(report):
    """A Parquet file with other columns."""
    pq.write_table(pa.table({"uri": ["/a"]}), report / PART)

    with pytest.raises(
        ReportError, match=r"part-00000\.parquet does not have the columns of a report"
    ):
        rows(report)


def test_text_that_is_none_is_damage(report):
    """Arrow does not look into text by itself; whoever reads it later would stumble."""
    table = pq.read_table(report / PART)
    bad = pa.array([b"\xff\xfe", b"/1"]).view(pa.string())
    pq.write_table(table.set_column(table.schema.get_field_index("uri"), "uri", bad), report / PART)

    for read in (
        rows,
        lambda _: Segment(report / PART).table(),
        lambda _: Segment(report / PART).group(0),
    ):
        with pytest.raises(ReportError, match=r"part-00000\.parquet is damaged"):
            read(report)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (table, name)
        for table, columns in (("files", schema.FILES), ("matches", schema.MATCHES))
        for name in schema.NEVER_NULL
        if name in columns.names
    ],
)
def test_a_value_that_is_missing_is_damage(report, table, name):
    """Where every row has one; nor can the whole column be missing. Other columns are read."""
    path = report / table / "part-00001.parquet"
    found = pq.read_table(path)
    place = found.schema.get_field_index(name)
    other = next(each for each in schema.NEVER_NULL if each != name and each in found.column_names)
    pq.write_table(found.set_column(place, name, pa.nulls(len(found), found[name].type)), path)

    assert Segment(path).table([other]) == found.select([other])
    for read in WAYS:
        with pytest.raises(ReportError, match=r"part-00001\.parquet is damaged"):
            read(path)
    pq.write_table(found.drop_columns([name]), path)
    with pytest.raises(ReportError, match="does not have the columns of a report"):
        Segment(path)


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """The path of a part of one report, its bytes, and where its footer begins."""
    path = written(tmp_path_factory.mktemp("damaged") / "report") / PART
    whole = path.read_bytes()
    return path, whole, len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")


@given(data=st.data())
def test_a_damaged_part_is_refused_or_read_as_it_was(part, data):
    """A flipped bit or a lost end is a ReportError; no page is read with a bit that flipped."""
    path, whole, footer = part
    read = data.draw(st.sampled_from(WAYS))
    path.write_bytes(whole)
    expected = read(path)
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged[: data.draw(st.integers(len(whole) // 2, len(whole)) | st.none())])
    try:
        found = read(path)
    except ReportError:
        return
    # the footer has no checksum: a bit of a description may flip there
    assert place >= footer or found == expected


def test_every_byte_of_a_column_is_guarded(part):
    """No bit of a name can flip on the disk without being noticed, or without effect."""
    path, whole, _ = part
    path.write_bytes(whole)
    expected = Segment(path).table()
    column = pq.ParquetFile(path).metadata.row_group(0).column(schema.FILES.names.index("uri"))
    places = range(column.data_page_offset, column.data_page_offset + column.total_compressed_size)
    refused = 0
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            assert Segment(path).table() == expected
        except ReportError:
            refused += 1

    assert refused > len(places) / 2


def test_a_report_whose_name_is_in_no_encoding_is_written_and_read(tmp_path):
    """Folders may have any name that the system allows."""
    assert len(rows(written(tmp_path / os.fsdecode(b"r\xff")))) == 5

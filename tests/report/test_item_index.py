"""Finding the rows of an item in an earlier report."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Item, Record
from hashsweep.report import writer
from hashsweep.report.folder import ReportFolder
from hashsweep.report.item_index import ItemIndex
from hashsweep.report.writer import ReportWriter


def written(path, names, *, segment_rows=50, frames=0):
    """A report of items by these names, in this order; the size is the place in it."""
    with ReportFolder(path) as folder:
        report = ReportWriter(folder, segment_rows=segment_rows)
        for number, name in enumerate(names):
            item = Item(name)
            record = Record(item, size=number, mtime_ns=number, animated=frames > 0)
            others = [Record(item, part=f"frame {n + 2}", width=n) for n in range(frames)]
            report.add([record, *others])
        report.finish()
        return ItemIndex(folder.segments("files"))


@given(
    names=st.lists(st.sampled_from("abcdefgh"), max_size=30),
    segment_rows=st.integers(1, 40),
    group_rows=st.integers(1, 7),
    frames=st.integers(0, 3),
    data=st.data(),
)
def test_every_row_is_found_and_taken_once(
    tmp_path_factory, *, names, segment_rows, group_rows, frames, data
):
    """However rows lie in parts and row groups, whatever the order of the questions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "GROUP_ROWS", group_rows)
        path = tmp_path_factory.mktemp("report")
        earlier = written(path, names, segment_rows=segment_rows, frames=frames)
    for name in data.draw(st.permutations("abcdefghxyz")):
        places = [number for number, each in enumerate(names) if each == name]
        found = list(earlier.rows(Item(name).item_id))
        assert [rows[0]["size"] for rows in found] == places[::-1]
        assert [rows[0]["mtime_ns"] for rows in found] == places[::-1]
        assert [[row["part"] for row in rows] for rows in found] == [
            [None, *(f"frame {n + 2}" for n in range(frames))]
        ] * len(places)

    assert len(earlier) == earlier.met == len(names)


@given(names=st.lists(st.sampled_from("abc"), max_size=12))
def test_each_row_is_taken_once(tmp_path_factory, names):
    """A path that was named twice was scanned twice, and is passed over twice."""
    earlier = written(tmp_path_factory.mktemp("report"), names, frames=1)
    for name in "abcx":
        taken = [earlier.take(Item(name).item_id) for _ in range(names.count(name) + 2)]
        assert taken == [True] * names.count(name) + [False] * 2

    assert earlier.met == len(names)


def test_nothing_is_found_where_nothing_is(tmp_path):
    """No parts, or a part without rows."""
    for earlier in (ItemIndex([]), written(tmp_path, [])):
        assert len(earlier) == earlier.met == 0
        assert not earlier.take(Item("/a").item_id)
        assert list(earlier.rows(Item("/a").item_id)) == []
        assert not earlier.any_name(lambda _: True)


@pytest.mark.parametrize(
    "mtime_ns", [None, 0, -1, 999, 1_700_000_000_123_456_789, -(10**18) - 1, 2**63, 2**67]
)
def test_a_time_comes_back_to_the_nanosecond(tmp_path, mtime_ns):
    """From its two columns; also before 1970, and after what a column of nanoseconds can hold."""
    with ReportFolder(tmp_path) as folder:
        report = ReportWriter(folder)
        report.add([Record(Item("/a"), mtime_ns=mtime_ns)])
        report.finish()
        ((row,),) = ItemIndex(folder.segments("files")).rows(Item("/a").item_id)

    assert row["mtime_ns"] == mtime_ns
    assert "mtime" not in row


@pytest.mark.parametrize("lost", ["mtime", "mtime_ns"])
def test_half_a_time_is_none(tmp_path, lost):
    """What somebody wrote into a report has no time that a file could be unchanged since."""
    with ReportFolder(tmp_path) as folder:
        report = ReportWriter(folder)
        report.add([Record(Item("/a"), mtime_ns=1)])
        report.finish()
        (path,) = folder.segments("files")
        table = pq.read_table(path)
        place = table.schema.get_field_index(lost)
        nothing = pa.nulls(1, table.schema.field(lost).type)
        pq.write_table(table.set_column(place, table.schema.field(lost), nothing), path)
        ((row,),) = ItemIndex([path]).rows(Item("/a").item_id)

    assert row["mtime_ns"] is None


def test_a_name_is_looked_for_among_all(tmp_path):
    """To say whether there ever was anything below a folder."""
    earlier = written(tmp_path, ["/a/b", "/c/d", "/e"], segment_rows=1)

    assert earlier.any_name(lambda name: name.startswith("/e"))
    assert not earlier.any_name(lambda name: name.startswith("/x"))

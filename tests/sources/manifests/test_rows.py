"""Rows to items: each row is an item or a skip, whatever is in it."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Item, Skipped
from hashsweep.sources.base import Choice
from hashsweep.sources.manifests.base import Condition, Layout
from hashsweep.sources.manifests.rows import Rows

LAYOUT = Layout(
    {"bucket": ("bucket",), "key": ("key",), "size": ("size",), "md5": ("md5",)},
    older=(Condition("latest", frozenset({"false"})),),
    archived=(Condition("class", frozenset({"COLD"})),),
    ours=frozenset({"latest", "class"}),
)
CELLS = st.none() | st.text(max_size=4)
ROWS = st.fixed_dictionaries(
    {
        "bucket": st.sampled_from([None, "b", "c"]),
        "key": CELLS,
        "size": st.sampled_from([None, "0", "5", "-1", "x"]),
        "md5": st.sampled_from([None, "00" * 16, "zz"]),
        "latest": st.sampled_from([None, "true", "FALSE"]),
        "class": st.sampled_from([None, "COLD", "HOT"]),
        "Own": CELLS,
    }
)


def items(rows, layout=LAYOUT, **options):
    """The items of rows of text."""
    names = list(rows[0])
    batch = pa.record_batch([pa.array([r[n] for r in rows], pa.string()) for n in names], names)
    return list(Rows(layout, **options).items(batch, "file", 1))


@given(st.lists(ROWS, min_size=1), st.booleans())
def test_every_row_is_an_item_or_a_skip(rows, versions):
    """In order; what is not understood fails, and only what policy leaves out is skipped."""
    found = items(rows, versions=versions)

    assert len(found) == len(rows)
    for number, (row, each) in enumerate(zip(rows, found, strict=True), start=1):
        bad = row["size"] in ("-1", "x") or row["md5"] == "zz"
        named = bool(row["bucket"]) and bool(row["key"])
        if bad or not named:
            assert each.failure.reason == "bad-row"
            assert named or each.uri == f"file#row-{number}"
            continue
        assert each.uri == f"s3://{row['bucket']}/{row['key']}"
        if row["latest"] == "FALSE" and not versions:
            assert each == Skipped(each.uri, "not-latest")
        elif isinstance(each, Skipped):
            assert (each.reason, row["size"]) == ("folder-marker", "0")
        else:
            assert bool(each.failure) == (row["class"] == "COLD")
            assert each.columns == ({} if row["Own"] is None else {"Own": row["Own"]})


def test_the_common_row_takes_the_short_way():
    """Where nothing is special, rows are not looked at one by one, and give the same items."""
    row = {"bucket": "b", "key": "k", "size": "5", "md5": None, "latest": "true", "class": "HOT"}
    plain = items([row, {**row, "bucket": "c"}])
    watched = items([row, {**row, "bucket": "c"}], choice=Choice(max_file_size=10))

    assert plain == watched == [Item("s3://b/k", 5), Item("s3://c/k", 5)]
    assert all(type(item) is Item for item in plain)


def test_a_pinned_version_is_asked_for_and_told():
    """It is another item than the current version, and the report says which."""
    layout = Layout({"uri": ("uri",), "version": ("version",)}, pinned=True)
    first, second = items(
        [{"uri": "s3://b/k", "version": "v"}, {"uri": "s3://b/k", "version": None}], layout
    )

    assert (first.version, first.columns, second.version) == ("v", {"version": "v"}, None)
    assert first.item_id != second.item_id

"""Plain rows: as columns they are what their records are as rows, and they count the same."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import Failure, Item, Record
from hashsweep.report import schema
from hashsweep.report.plain_rows import PlainRows, join
from hashsweep.report.row_layout import row_type
from hashsweep.report.rows import Rows, file_row
from hashsweep.report.tally import Tally
from hashsweep.safe_text import as_text
from hashsweep.sweep.packing import Packer
from hashsweep.sweep.results import Inspector

SIZES = {"md5": 16, "sha256": 32, "pdq": 32}
NOTE = Failure("decode", "not-looked-into", "application/zip")

names = st.text(
    st.characters(codec="utf-8") | st.sampled_from(["\udcff", "\n"]), min_size=1, max_size=5
)
items = st.builds(
    lambda uri, etag, columns: Item(uri, etag=etag, columns=columns),
    names,
    st.none() | st.just("tag"),
    st.none() | st.just({"owner": "me"}),
)


@st.composite
def plain_records(draw):
    """Records of items of which there is little to say."""
    item = draw(items)
    hashes = {name: bytes([7]) * size for name, size in SIZES.items() if draw(st.booleans())}
    return Record(
        item,
        size=draw(st.none() | st.integers(0, 2**63 - 1)),
        mtime_ns=draw(st.none() | st.integers(-(2**63), 2**63 - 1)),
        etag=draw(st.sampled_from([None, item.etag])),
        media_type=draw(st.sampled_from([None, "image/png", "application/zip"])),
        width=draw(st.none() | st.integers(0, 2**31 - 1)),
        height=draw(st.none() | st.integers(0, 2**31 - 1)),
        animated=draw(st.none() | st.booleans()),
        decode_mode=draw(st.sampled_from([None, "exact"])),
        from_baseline=draw(st.none() | st.booleans()),
        hashes=hashes,
        compared=tuple(name for name in hashes if draw(st.booleans())),
        stated_hashes=("md5",) if "md5" in hashes and draw(st.booleans()) else (),
        pdq_quality=draw(st.none() | st.integers(0, 100)),
        known_good=draw(st.sampled_from([None, "harmless"])),
        ruleset=draw(st.sampled_from([None, 1])),
        reasons=draw(st.sampled_from([[], [NOTE]])),
    )


def rows_of(records):
    """The rows that the parent has of what a worker packs."""
    payload = Packer(SIZES).pack([[each] for each in records])
    return Inspector(SIZES).inspect(payload, [each.item for each in records], None).plain


@given(st.lists(plain_records(), min_size=1, max_size=6))
def test_columns_are_those_of_the_records(records):
    """Every value of every column, as if each record had been written by itself."""
    ids = [each.item.item_id for each in records]
    one_by_one = Rows(schema.FILES)
    for each, item_id in zip(records, ids, strict=True):
        one_by_one.extend([file_row(each, item_id, *as_text(each.item.uri))])
    found = rows_of(records).to_batch(ids, schema.FILES)
    found.validate(full=True)

    assert pa.Table.from_batches([found]).to_pylist() == one_by_one.table().to_pylist()


@given(st.lists(plain_records(), min_size=1, max_size=6))
def test_they_are_the_records_that_were_packed_and_count_like_them(records):
    """Through the pipe and back, and in the totals."""
    plain = rows_of(records)
    counted, told = Tally.create([]), Tally.create([])
    for each in records:
        counted.add(each)
    told.add_plain(plain)

    assert list(plain.records()) == records
    assert list(plain.with_reasons()) == [each for each in records if each.reasons]
    assert told.totals() == counted.totals()


@given(st.lists(st.lists(plain_records(), min_size=1, max_size=3), min_size=1, max_size=3))
def test_joined_blocks_are_all_their_rows(blocks):
    """In their order, whatever kinds each block has; and a slice is a part of them."""
    every = [each for block in blocks for each in block]
    joined = join([rows_of(block) for block in blocks])

    assert list(joined.records()) == every
    assert list(joined.slice(1, 3).records()) == every[1:3]
    assert len(joined.slice(0, len(every))) == len(every)


def test_a_hash_of_a_plug_in_has_its_column():
    """It comes last, as in the report's schema."""
    kind = Record(Item(""))
    rows = np.zeros(2, row_type({"own": 3}))
    rows["there"] = [1, 0]
    rows["own"][0] = b"abc"
    plain = PlainRows([Item("/a"), Item("/b")], rows, [kind])
    found = plain.to_batch([bytes(16)] * 2, schema.files_schema({"own": 3}))

    assert found["own"].to_pylist() == [b"abc", None]


def test_a_row_is_packed():
    """What workers write with struct is what is read: no padding."""
    assert row_type(SIZES).itemsize == 2 + 2 + 1 + 1 + 4 + 4 + 8 + 8 + 16 + 32 + 32
    with pytest.raises(ValueError, match="kind"):
        np.zeros(1, row_type({"kind": 1}))

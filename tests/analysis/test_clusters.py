"""Matches by content."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis import clusters
from hashsweep.analysis.clusters import COLUMNS, cluster_ids, content_id, content_key, content_keys
from hashsweep.matching.distance import distance
from hashsweep.report import schema
from support.planted import flipped, random_hashes

CENTRES = random_hashes(5, 3, 32)
PDQS = [
    flipped(CENTRES[n : n + 1], bits, seed).tobytes()
    for n in range(3)
    for bits, seed in ((0, 1), (5, 1), (10, 2), (12, 3), (21, 4))
]


def digests(size):
    """Few digests, so that many are equal, or none."""
    return st.none() | st.integers(0, 3).map(lambda n: bytes([n]) * size)


ROWS = st.fixed_dictionaries(
    {
        "item_id": st.integers(0, 9).map(lambda n: bytes([n]) * 16),
        "part": st.none() | st.sampled_from(["frame 2", "frame 3"]),
        "md5": digests(16),
        "sha1": digests(20),
        "sha256": digests(32),
        "pdq": st.none() | st.sampled_from(PDQS),
    }
)


def table(rows, names=COLUMNS):
    """Those columns of `matches`, with these rows."""
    fields = pa.schema([schema.MATCHES.field(name) for name in names])
    return pa.Table.from_pylist([{n: row.get(n) for n in names} for row in rows], fields)


def key(row):
    """The content of a row, as a record gives it."""
    known = {name: row[name] for name in clusters.DIGESTS if row[name] is not None}
    return content_key(row["item_id"], row["part"], known, row["pdq"])


def slowly(rows):
    """The cluster of each row, by comparing every pair until nothing changes."""
    names = [key(row) for row in rows]
    while True:
        before = list(names)
        for one, row in enumerate(rows):
            for other, beside in enumerate(rows):
                near = None not in (row["pdq"], beside["pdq"]) and (
                    distance(row["pdq"], beside["pdq"]) <= 10
                )
                if near or key(row) == key(beside):
                    names[one] = names[other] = min(names[one], names[other])
        if names == before:
            return [hashlib.blake2b(name, digest_size=16).hexdigest() for name in names]


@given(rows=st.lists(ROWS, max_size=25))
def test_clusters_are_what_every_pair_says(rows):
    """Equal contents and near pictures, also by way of others; named by the smallest content."""
    found = cluster_ids(table(rows))

    assert found.type == pa.string()
    assert found.to_pylist() == slowly(rows)


@given(rows=st.lists(ROWS, max_size=25), order=st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_or_on_chunks(rows, order):
    """Nor on how many parts the rows are in."""
    before = dict(zip(map(repr, rows), cluster_ids(table(rows)).to_pylist(), strict=True))
    shuffled = order.sample(rows, len(rows))
    half = len(rows) // 2
    chunks = pa.concat_tables([table(shuffled[:half]), table(shuffled[half:])])

    assert cluster_ids(chunks).to_pylist() == [before[repr(row)] for row in shuffled]


@given(rows=st.lists(ROWS, max_size=10))
def test_a_record_and_its_row_have_one_content(rows):
    """What a decision says of a content holds for records as for rows."""
    assert content_keys(table(rows)).to_pylist() == [key(row) for row in rows]


def test_content_is_the_best_digest_and_the_frame():
    """Else the PDQ, else the item itself; another frame of a file is another content."""
    pdq = PDQS[0]

    assert content_key(b"i", None, {"sha256": b"s", "md5": b"m"}, pdq) == b"sha256:s:"
    assert content_key(b"i", "frame 2", {"sha1": b"1", "md5": b"m"}, pdq) == b"sha1:1:frame 2"
    assert content_key(b"i", None, {"md5": b"m"}, None) == b"md5:m:"
    assert content_key(b"i", "frame 2", {}, pdq) == b"pdq:" + pdq
    assert content_key(b"i", "frame 2", {}, None) == b"item_id:i:frame 2"


def test_the_id_of_a_lone_content_is_its_own():
    """A decision about a cluster can be compared with one record's content."""
    row = {"item_id": b"i" * 16, "part": None, "md5": None, "sha1": None}
    row |= {"sha256": b"s" * 32, "pdq": PDQS[0]}

    assert cluster_ids(table([row])).to_pylist() == [content_id(key(row))]


@pytest.mark.parametrize("names", [("item_id", "part"), ("part", "item_id", "md5")])
def test_reports_of_earlier_versions_are_clustered_by_item(names):
    """Columns that are not there count as null."""
    rows = [{"item_id": bytes([n]) * 16, "part": None} for n in (1, 2, 1)]
    first, second, third = cluster_ids(table(rows, names)).to_pylist()

    assert first == third != second


def test_many_rows_of_few_contents():
    """A hundred thousand rows take no longer than their contents do."""
    rng = np.random.default_rng(1)
    which = rng.integers(0, 500, 100_000)
    hashes = random_hashes(1, 500, 32)
    rows = pa.table(
        {
            "item_id": pa.array([n.to_bytes(16) for n in range(100_000)], pa.binary(16)),
            "part": pa.nulls(100_000, pa.string()),
            "pdq": pa.array([hashes[n].tobytes() for n in which], pa.binary(32)),
        }
    )
    found = cluster_ids(rows).to_pylist()

    assert len(set(found)) == 500
    assert len(set(zip(found, which.tolist(), strict=True))) == 500

"""Matches by content: copies and near copies of one picture are one cluster.

So one decision covers them all, and a flood of copies counts once. Knows no file and no
terminal.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.matching.single_linkage import link
from hashsweep.model import CLOSE_DISTANCE, DIGESTS

COLUMNS = ("item_id", "part", "md5", "sha1", "sha256", "pdq")
"""The columns of `matches` that clusters are made from."""


def cluster_ids(matches: pa.Table) -> pa.Array:
    """Return the cluster of each row of `matches`: pa.string(), 32 hex digits, in row order.

    A row's content is its file's SHA-256 (else SHA-1, else MD5) and the frame, else the PDQ, else
    the item. Rows of one content share a cluster, and so do rows whose PDQs are at distance <=
    CLOSE_DISTANCE, or are linked through others (single linkage). Its id is `content_id` of
    the smallest content in it, so it does not depend on the order of the rows.
    """
    pdqs = matches["pdq"] if "pdq" in matches.column_names else None
    distinct, smallest = cluster_contents(content_keys(matches), pdqs)
    ids = [content_id(key.as_py()) for key in distinct]
    return pa.array(ids, pa.string()).take(pa.array(smallest))


def cluster_contents(keys: Any, pdqs: Any) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the distinct keys in order, and for each row the index of the smallest in its cluster.

    `keys` are contents, `pdqs` (or None) their pictures, null if there is none.
    """
    distinct = pc.unique(keys)
    distinct = distinct.take(pc.array_sort_indices(distinct))
    content = _numbers(pc.index_in(keys, value_set=distinct))
    if pdqs is None or not len(hashes := pc.unique(pdqs).drop_null()):
        return distinct, content
    picture = _numbers(pc.fill_null(pc.index_in(pdqs, value_set=hashes), -1))
    has = picture >= 0
    groups = link(_bytes(hashes), CLOSE_DISTANCE)[picture[has]]
    return distinct, _join(content[has], groups, len(distinct), len(hashes))[content]


def content_keys(matches: pa.Table) -> pa.ChunkedArray:
    """Return the key of the content of each row of `matches`: pa.binary(), never null."""
    found = {name: matches[name] for name in COLUMNS if name in matches.column_names}
    part = pc.fill_null(found["part"], "").cast(pa.binary())
    keys = [
        pc.binary_join_element_wise(_key(name, found[name]), part, b":")
        for name in (*DIGESTS, "item_id")
        if name in found
    ]
    if "pdq" in found:
        keys.insert(-1, _key("pdq", found["pdq"]))
    return pc.coalesce(*keys)


def content_key(
    item_id: bytes, part: str | None, digests: Mapping[str, bytes], pdq: bytes | None
) -> bytes:
    """Return the key of a record's content: the same as `content_keys` of its row."""
    for name in DIGESTS:
        if name in digests:
            return b":".join([name.encode(), digests[name], (part or "").encode()])
    if pdq is not None:
        return b"pdq:" + pdq
    return b":".join([b"item_id", item_id, (part or "").encode()])


def content_id(key: bytes) -> str:
    """Return the id of a content, which is its cluster's id if it is the smallest in it."""
    return hashlib.blake2b(key, digest_size=16).hexdigest()


def _key(name: str, column: Any) -> Any:
    return pc.binary_join_element_wise(name.encode(), column.cast(pa.binary()), b":")


def _numbers(column: Any) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = column.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _bytes(hashes: pa.Array) -> npt.NDArray[np.uint8]:
    """Return fixed-size binary values without nulls as uint8 (n, size)."""
    size = hashes.type.byte_width
    flat = np.frombuffer(hashes.buffers()[1], np.uint8)
    return flat[hashes.offset * size : (hashes.offset + len(hashes)) * size].reshape(-1, size)


def _join(
    contents: npt.NDArray[np.int64], pictures: npt.NDArray[np.int64], n: int, hashes: int
) -> npt.NDArray[np.int64]:
    """Return for each of `n` contents the first that it hangs together with by way of pictures.

    Each pair in `contents` and `pictures` (below `hashes`) is a content that has that picture.
    """
    firsts = np.arange(n)
    while True:
        of_picture = np.full(hashes, n)
        np.minimum.at(of_picture, pictures, firsts[contents])
        known = firsts.copy()
        np.minimum.at(known, contents, of_picture[pictures])
        known = known[known]
        if (known == firsts).all():
            return firsts
        firsts = known

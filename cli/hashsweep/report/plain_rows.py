"""Rows of items of which there is little to say, held and turned into columns many at once.

Most items of a sweep have one record, match nothing and did not fail. What such records say beside
numbers and hashes comes in few kinds. Knows no file and no terminal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hashsweep.model import Item, Record
from hashsweep.report.row_layout import HAS_ETAG, HAS_TIME, UNKNOWN
from hashsweep.report.rows import SECONDS, Rows, file_row
from hashsweep.safe_text import as_text


@dataclass(frozen=True)
class PlainRows:
    """One row per item, of row_type; `kinds` are records that hold what its kind says."""

    items: Sequence[Item]
    rows: npt.NDArray[np.void]
    kinds: Sequence[Record]

    def __len__(self) -> int:
        return len(self.items)

    def slice(self, start: int, stop: int) -> "PlainRows":
        """Return the rows from `start` up to `stop`, exclusive."""
        if start == 0 and stop >= len(self):
            return self
        return PlainRows(self.items[start:stop], self.rows[start:stop], self.kinds)

    @cached_property
    def hash_names(self) -> tuple[str, ...]:
        """The hashes that a row can have, in the order of their bits."""
        names = self.rows.dtype.names or ()
        return names[names.index("mtime_ns") + 1 :]

    def has_hash(self, name: str) -> npt.NDArray[np.bool_]:
        """Return which rows have a hash."""
        return (self.rows["there"] >> self.hash_names.index(name) & 1).astype(np.bool_)

    def records(self) -> Iterator[Record]:
        """Yield each row as a record."""
        names, values = self.hash_names, self.rows.tolist()
        for item, row in zip(self.items, values, strict=True):
            kind, there, flags, quality, width, height, size, mtime_ns, *hashes = row
            yield replace(
                self.kinds[kind],
                item=item,
                reasons=[*self.kinds[kind].reasons],
                size=None if size == UNKNOWN else size,
                mtime_ns=mtime_ns if flags & HAS_TIME else None,
                etag=item.etag if flags & HAS_ETAG else None,
                width=None if width == UNKNOWN else width,
                height=None if height == UNKNOWN else height,
                pdq_quality=None if quality == UNKNOWN else quality,
                hashes={names[at]: hashes[at] for at in range(len(names)) if there >> at & 1},
                **{name: type(getattr(self.kinds[kind], name))() for name in _OWN},
            )

    def with_reasons(self) -> Iterator[Record]:
        """Yield the rows that have reasons, as records."""
        told = np.array([bool(kind.reasons) for kind in self.kinds])
        if told.any():
            (places,) = np.nonzero(told[self.rows["kind"]])
            chosen = [self.items[place] for place in places.tolist()]
            yield from PlainRows(chosen, self.rows[places], self.kinds).records()

    def to_batch(self, item_ids: Sequence[bytes], schema: pa.Schema) -> pa.RecordBatch:
        """Return the rows of `files`, with the ids of the items."""
        rows, count = self.rows, len(self)
        uris, raw = _names(self.items)
        own: dict[str, pa.Array] = {
            "item_id": _fixed(b"".join(item_ids), 16, count),
            "uri": uris,
            "size": _numbers(rows["size"], pa.int64()),
            "width": _numbers(rows["width"], pa.int32()),
            "height": _numbers(rows["height"], pa.int32()),
            "pdq_quality": _numbers(rows["pdq_quality"], pa.uint8()),
        }
        if raw is not None:
            own["uri_bytes"] = raw
        own["mtime"], own["mtime_ns"] = _times(rows)
        if any(item.etag for item in self.items):
            own["etag"] = pa.array([item.etag for item in self.items], pa.string())
        if any(item.columns for item in self.items):
            columns = [dict(item.columns) if item.columns else None for item in self.items]
            own["source_columns"] = pa.array(columns, schema.field("source_columns").type)
        for name in self.hash_names:
            there = self.has_hash(name)
            if there.any():
                size = rows.dtype[name].itemsize
                own[name] = _fixed(rows[name].tobytes(), size, count, there)
        kinds = Rows(schema)
        kinds.extend([file_row(each, b"\0" * 16, "", None) for each in self.kinds])
        told, places = kinds.table(), rows["kind"].astype(np.int64)
        return pa.record_batch(
            [
                own[each.name]
                if each.name in own
                else _take(told[each.name].chunk(0), places)
                if each.name in _TOLD
                else pa.nulls(count, each.type)
                for each in schema
            ],
            schema=schema,
        )


_TIMES = pa.timestamp("us", tz="UTC")
_OWN = ("views", "frame_hashes", "matches", "possible", "kept_views")
_TOLD = {
    *("status", "reasons", "from_baseline", "stated_hashes", "media_type", "animated"),
    *("decode_mode", "looked_for", "known_good"),
}


def join(blocks: Sequence[PlainRows]) -> PlainRows:
    """Return the rows of several blocks, which have the same hashes, as one."""
    if len(blocks) == 1:
        return blocks[0]
    kinds: dict[int, int] = {}
    told: list[Record] = []
    data = bytearray().join([each.rows.tobytes() for each in blocks])
    rows = np.frombuffer(data, blocks[0].rows.dtype)
    at = 0
    for block in blocks:
        for kind in block.kinds:
            if id(kind) not in kinds:
                kinds[id(kind)] = len(told)
                told.append(kind)
        new = np.array([kinds[id(kind)] for kind in block.kinds], "<u2")
        rows["kind"][at : at + len(block)] = new[block.rows["kind"]]
        at += len(block)
    return PlainRows([item for each in blocks for item in each.items], rows, told)


def _names(items: Sequence[Item]) -> tuple[pa.Array, pa.Array | None]:
    """Return the columns `uri` and `uri_bytes`; None for one without any value."""
    try:
        return pa.array([item.uri for item in items], pa.string()), None
    except UnicodeEncodeError:
        texts, raw = zip(*(as_text(item.uri) for item in items), strict=True)
        return pa.array(texts, pa.string()), pa.array(raw, pa.binary())


def _fixed(
    data: bytes, size: int, count: int, there: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    valid = None if there is None else _bits(there)
    return pa.Array.from_buffers(pa.binary(size), count, [valid, pa.py_buffer(data)])


def _bits(there: npt.NDArray[np.bool_]) -> pa.Buffer | None:
    """Return where there is a value, as columns hold it; None if everywhere."""
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())


def _numbers(values: npt.NDArray[Any], kind: pa.DataType) -> pa.Array:
    known = values.astype(kind.to_pandas_dtype())
    there = _bits(values != UNKNOWN)
    return pa.Array.from_buffers(kind, len(values), [there, pa.py_buffer(known.tobytes())])


def _times(rows: npt.NDArray[np.void]) -> tuple[pa.Array, pa.Array]:
    nanoseconds, count = rows["mtime_ns"], len(rows)
    seconds = nanoseconds // 10**9
    known = (rows["flags"] & HAS_TIME != 0) & (seconds >= SECONDS.start) & (seconds < SECONDS.stop)
    there, whole = _bits(known), nanoseconds // 1000
    rest = (nanoseconds % 10**9).astype(np.int32)
    return (
        pa.Array.from_buffers(_TIMES, count, [there, pa.py_buffer(whole.tobytes())]),
        pa.Array.from_buffers(pa.int32(), count, [there, pa.py_buffer(rest.tobytes())]),
    )


def _take(values: pa.Array, places: npt.NDArray[np.int64]) -> pa.Array:
    """Return the values at some places.

    Without pyarrow.compute, which takes long to import, and pyarrow.repeat of nested values, which
    is slow.
    """
    kind, count = values.type, len(places)
    if pa.types.is_struct(kind):
        children = [_take(each, places) for each in values.flatten()]
        missing = None
        if values.null_count:
            missing = pa.array(np.array([not each.is_valid for each in values])[places])
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=missing)
    if pa.types.is_list(kind) and not values.null_count:
        starts = values.offsets.to_numpy()
        lengths = np.diff(starts)[places]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        inside = np.arange(offsets[-1]) + np.repeat(starts[places] - offsets[:-1], lengths)
        buffers, found = [None, pa.py_buffer(offsets.tobytes())], _take(values.values, inside)
        return pa.Array.from_buffers(kind, count, buffers, children=[found])
    told = values.to_pylist()
    if count and all(value == told[0] for value in told):
        return pa.repeat(values[0], count)
    return pa.array([told[place] for place in places.tolist()], kind)

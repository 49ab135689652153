"""Answers questions about rows of a report, column by column. Knows no file and no terminal."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def is_overturned(decisions: Any) -> Any:
    """Return whether each match was overturned, by the column `decision`; never null."""
    return pc.equal(pc.fill_null(decisions, ""), "overturned")


def flat_reasons(reasons: Any) -> pa.Table:
    """Return the column `reasons` (of either kind of array) with one row per reason.

    Columns: `row` int64, the row it belongs to; `stage`, `reason` and `detail`.
    """
    lists = _whole(reasons)
    flat = pc.list_flatten(lists)
    columns = {name: pc.struct_field(flat, name) for name in ("stage", "reason", "detail")}
    return pa.table({"row": pc.list_parent_indices(lists).cast(pa.int64()), **columns})


def codes_of(reasons: Any) -> pa.Table:
    """Return the reasons of all rows, each once per row.

    Columns: `row` int64, `reason`, and `code`, which is `stage: reason`.
    """
    flat = flat_reasons(reasons)
    codes = pc.binary_join_element_wise(flat["stage"], flat["reason"], ": ")
    return flat.append_column("code", codes).group_by(["row", "reason", "code"]).aggregate([])


def has_reason(reasons: Any, wanted: Collection[str], field: str = "reason") -> pa.Array:
    """Return whether any reason of each row has one of these words in `field`."""
    flat = flat_reasons(reasons)
    rows = flat["row"].filter(pc.is_in(flat[field], value_set=pa.array([*wanted], pa.string())))
    return pc.is_in(pa.array(range(len(reasons)), pa.int64()), value_set=rows.combine_chunks())


def first_reason(reasons: Any) -> pa.Array:
    """Return the code of each row's first reason, null if it has none."""
    flat = flat_reasons(reasons)
    rows, places = np.unique(flat["row"].to_numpy(), return_index=True)
    at = np.full(len(reasons), -1, np.int64)
    at[rows] = places
    return _whole(flat["reason"]).take(pa.array(at, mask=at < 0))


def with_columns(found: pa.Table, wanted: pa.Schema) -> pa.Table:
    """Return a table with these columns; missing ones are null."""
    columns: Mapping[str, Any] = {
        name: found[name] if name in found.column_names else pa.nulls(found.num_rows, kind)
        for name, kind in zip(wanted.names, wanted.types, strict=True)
    }
    return pa.table(list(columns.values()), schema=wanted).combine_chunks()


def _whole(column: Any) -> pa.Array:
    """Return a column as one array."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # with zero or several chunks, by version of Arrow
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return column

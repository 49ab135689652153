"""Orders rows of matches and files, the worst or the newest first. Knows no terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.model import TIERS
from hashsweep.report.columns import is_overturned

ORDERS = ("tier", "distance", "name", "time", "list")
"""Ways to order matches. All but the one by time need no more than the rows themselves."""

OF_FILES = ("name", "time")
"""Those that there are for files as well."""

TIME = "time of file"
"""The column that `time` goes by, besides those of a table: when the file was last modified."""

OVERTURNED = 1 << 24
"""Added to the weight of an overturned match, which is more than all others weigh."""

_TIER = 1 << 12  # more than any distance in bits
_BATCH_ROWS = 2_000
_WAITING = 100_000  # rows that are held before those that will not be wanted are left out


def weigh(matches: pa.Table | pa.RecordBatch) -> Any:
    """Return how far back each match stands: by tier, then by distance, overturned ones last."""
    tier = pc.index_in(matches.column("tier"), value_set=pa.array(list(TIERS)))
    weight = pc.multiply(pc.fill_null(tier, len(TIERS)), _TIER)
    weight = pc.add(weight, pc.cast(matches.column("distance"), pa.int32()))
    if "decision" not in matches.schema.names:
        return weight
    overturned = is_overturned(matches.column("decision"))
    return pc.add(weight, pc.multiply(pc.cast(overturned, pa.int32()), OVERTURNED))


def sort(
    batches: Iterable[pa.RecordBatch], by: str, most: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield rows in one of ORDERS; equal ones stay in theirs. Only the first `most`, if given.

    tier: the strongest first, then the nearest; distance: the nearest first; name and list: by
    their bytes; time: the newest by the column TIME, which is left out, and those without one last.
    What is overturned comes last by tier. All rows are held, or about twice `most`.
    """
    held: list[pa.Table] = []
    waiting = 0
    for batch in batches:
        held.append(pa.Table.from_batches([batch]))
        waiting += len(batch)
        if most is not None and waiting > 2 * most + _WAITING:
            rows = _whole(held)
            held = [rows.take(_order(rows, by)[:most])]
            waiting = most
    if not held:
        return
    rows = _whole(held)
    order = _order(rows, by)[:most]
    rows = rows.drop_columns([TIME]) if by == "time" else rows
    for start in range(0, len(order), _BATCH_ROWS):
        yield from rows.take(order[start : start + _BATCH_ROWS]).combine_chunks().to_batches()


def _whole(tables: list[pa.Table]) -> pa.Table:
    """Return all rows; a column that a report lacks is null."""
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _order(rows: pa.Table, by: str) -> Any:
    keys = {
        "tier": (),
        "distance": ("distance",),
        "name": ("uri",),
        "time": (TIME,),
        "list": ("list",),
    }[by]
    columns = {name: rows[name] for name in keys}
    if "tier" in rows.column_names:
        columns["weight"] = weigh(rows)
    found = pa.table(columns)
    sorting = [(name, "descending" if name == TIME else "ascending") for name in found.column_names]
    return pc.sort_indices(found, sort_keys=sorting)  # stable; null last

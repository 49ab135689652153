"""Matches by content: one line per cluster and entry, however many copies there are.

Knows no terminal, and does not know how clusters are made.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from hashsweep.analysis.observations import DECISION_RANKS, number_values
from hashsweep.model import TIERS
from hashsweep.report import schema

NEEDED = ("item_id", "uri", "list", "entry_id", "category", "tier", "decision")
"""Columns of `matches` that `copies` uses besides `cluster`."""

COLUMNS = ("copies", "tier", "list", "entry_id", "category", "decision", "cluster", "uri")
"""The columns of a row of `copies`."""

_KEYS = ("cluster", "list", "entry_id")


def copies(matches: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield one row per cluster and list entry, the one with the most copies first.

    `copies` counts different items; `tier` is their strongest, `uri` the first by name. The
    decision is "confirmed" if any match of them is, "overturned" if all are. A column of NEEDED
    that is missing counts as null.
    """
    weights = {tier: number for number, tier in enumerate(TIERS)}
    columns = {
        name: matches[name]
        if name in matches.column_names
        else pa.nulls(len(matches), schema.MATCHES.field(name).type)
        for name in (*NEEDED, "cluster")
    }
    columns["weight"] = number_values(columns.pop("tier"), weights)
    columns["decision"] = number_values(columns["decision"], DECISION_RANKS)
    groups = (
        pa.table(columns)
        .sort_by("uri")
        .group_by(list(_KEYS), use_threads=False)
        .aggregate(
            [
                ("item_id", "count_distinct"),
                ("weight", "min"),
                ("decision", "max"),
                ("category", "first"),
                ("uri", "first"),
            ]
        )
        .sort_by(
            [("item_id_count_distinct", "descending"), *((name, "ascending") for name in _KEYS)]
        )
    )
    tiers = [*TIERS, None]
    decisions = {number: decision for decision, number in DECISION_RANKS.items()}
    for row in groups.to_pylist():
        made = {
            "copies": row["item_id_count_distinct"],
            "tier": tiers[row["weight_min"]],
            "category": row["category_first"],
            "decision": decisions[row["decision_max"]],
            "uri": row["uri_first"],
            **{name: row[name] for name in _KEYS},
        }
        yield {name: made[name] for name in COLUMNS}


def gather(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    """Return the columns of batches of `matches` that `copies` needs."""
    wanted = (*NEEDED, "cluster")
    tables = [
        pa.Table.from_batches([each.select([n for n in each.schema.names if n in wanted])])
        for each in batches
    ]
    if not tables:
        return pa.table({"cluster": pa.array([], pa.string())})
    return pa.concat_tables(tables, promote_options="default")

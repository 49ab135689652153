"""What the page's script needs to write decisions as `report decisions` does. Knows no terminal.

The script fills in rows that are made here by the same function, so its file is the same CSV.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.clusters import content_id, content_keys
from hashsweep.analysis.decisions_file import as_name, escape
from hashsweep.analysis.review_queue import COLUMNS, to_decide
from hashsweep.output.page.top_matches import encode
from hashsweep.safe_text import printable

_CELLS = ("list", "entry_id", "category")
_ENTRY = ("cluster", "list", "entry_id")


def add_rows(data: dict[str, Any], matches: pa.Table, clusters: pa.Array, order: pa.Array) -> None:
    """Add `decisions` to the payload of a page that lists all of `matches`.

    `order` has the index into `matches` of each row of the page. `rows` are those of the CSV, a
    list per column, with the row of the page that stands for each; `cells` has what the CSV says
    where that is not the page's text; `alone` names what a decision about one match applies to: s
    and its SHA-256, or c and its content, empty where that is all of a row. Never a PDQ, which
    would decide about near copies that the page shows as undecided.
    """
    places = pc.sort_indices(order).to_pylist()  # of each match on the page
    rows = [*to_decide(matches, clusters)]
    tiers = data["coded"]["tier"]["values"]
    data["decisions"] = {
        "columns": COLUMNS,
        "rows": {
            "at": [places[row["match"]] for row in rows],
            "sha256": [row["sha256"] for row in rows],
            "pdq": [row["pdq"] for row in rows],
            "tier": [tiers.index(row["tier"]) if row["tier"] else -1 for row in rows],
            "copies": [row["copies"] for row in rows],
        },
        "cells": {name: _cells(matches[name]) for name in _CELLS},
        "alone": encode(_alone(matches.append_column("cluster", clusters)).take(order)),
    }


def _cells(column: Any) -> Mapping[str, str]:
    """Return the cell of each text of the page that stands otherwise in the CSV."""
    texts = [each or "" for each in pc.unique(column).to_pylist()]
    found = {printable(each): escape(as_name(each)) for each in texts}
    return {text: cell for text, cell in found.items() if text != cell}


def _alone(matches: pa.Table) -> pa.Array:
    """Return what each match can be decided by alone; "" where its row of the CSV is about it."""
    columns = (matches["part"], matches["sha256"], content_keys(matches))
    values = zip(*(column.to_pylist() for column in columns), strict=True)
    own = pa.array([_own(*each) for each in values], pa.string())
    table = matches.select(_ENTRY).append_column("own", own)
    entries = table.group_by([*_ENTRY]).aggregate([("own", "count_distinct")])
    several = entries.filter(pc.greater(entries["own_count_distinct"], 1)).select(_ENTRY)
    is_of_several = pc.is_in(_joined(table), value_set=_joined(several).combine_chunks())
    alone = pc.if_else(is_of_several, own, "")
    return alone.combine_chunks() if isinstance(alone, pa.ChunkedArray) else alone


def _own(part: str | None, sha256: bytes | None, key: bytes) -> str:
    return f"s{sha256.hex()}" if sha256 and part is None else f"c{content_id(key)}"


def _joined(table: pa.Table) -> Any:
    columns = [table[name].cast(pa.binary()) for name in _ENTRY]
    return pc.binary_join_element_wise(*columns, b"\0")

"""The strongest matches of some reports, as columns for the page's script. Knows no terminal."""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.ordering import weigh
from hashsweep.model import DECISIONS, TIERS
from hashsweep.report import schema
from hashsweep.report.open_report import OpenReport
from hashsweep.safe_text import is_of_file, printable
from hashsweep.variants import AS_IS

MOST = 200_000
"""Matches on a page: 34 MB, half of it for decisions; opens in seconds (benchmarks/README.md)."""

_CODED = ("tier", "algorithm", "list", "entry_id", "category", "decision", "part")
_TIMES = ("first_ms", "last_ms")
_WANTED = (
    *("item_id", "uri", "distance", "variant", "labels", "evidence", *_TIMES),
    *("md5", "sha1", "sha256", "pdq"),
    *_CODED,
)


def strongest(reports: Iterable[OpenReport], most: int = MOST) -> pa.Table:
    """Return at most `most` matches, strongest first, otherwise in the reports' order.

    Has _WANTED, `report` (its number, from 0), `number` (of the match among all, from 0) and
    `weight` (ascending) as columns. Overturned matches come last.
    """
    held = [_weigh(schema.MATCHES.empty_table(), 0, 0)]
    waiting = met = 0
    for number, report in enumerate(reports):
        for part in report.segments("matches"):
            wanted = [name for name in _WANTED if name in part.schema.names]
            for group in range(part.groups):
                held.append(_weigh(part.group(group, wanted), number, met))
                met += held[-1].num_rows
                waiting += held[-1].num_rows
                if waiting > most:
                    held, waiting = [_best(held, most)], 0
    return _best(held, most)


def _best(tables: list[pa.Table], most: int) -> pa.Table:
    rows = pa.concat_tables(tables)
    order = pc.sort_indices(rows, sort_keys=[("weight", "ascending")])  # stable
    return rows.take(order[:most]).combine_chunks()


def _weigh(rows: pa.Table, report: int, before: int) -> pa.Table:
    """Return rows with all columns of _WANTED, and the three that `strongest` adds."""
    empty = schema.MATCHES.empty_table()
    columns = {
        name: rows[name]
        if name in rows.column_names
        else pa.nulls(rows.num_rows, empty.schema.field(name).type)
        for name in _WANTED
    }
    columns["report"] = pa.array([report]).cast(pa.int32()).take(_zeros(rows.num_rows))
    columns["number"] = pa.array(np.arange(before, before + rows.num_rows))
    return pa.table({**columns, "weight": weigh(rows)})


def _zeros(count: int) -> pa.Array:
    return pa.nulls(count, pa.int32()).fill_null(0)


def payload(rows: pa.Table, ids: pa.Array, reports: Sequence[str]) -> dict[str, Any]:
    """Return the rows as plain values, one list per column, for the page's script.

    `ids` are their clusters. `coded` columns have their distinct `values` and, for each row, the
    index into them; tiers are in order of strength, and `named` are the indexes of entry
    ids that look like file names. A variant, part or time is empty if there is nothing to say.
    `reports` are the reports' names.
    """
    columns = {name: pc.fill_null(rows[name], "") for name in _CODED}
    coded = {name: encode(column) for name, column in columns.items()}
    coded["tier"] = _in_order(coded["tier"], list(TIERS))
    decisions = coded["decision"]["values"]
    decisions += [each for each in ("", *DECISIONS) if each not in decisions]
    entry_ids = coded["entry_id"]["values"]
    coded["entry_id"]["named"] = [at for at, value in enumerate(entry_ids) if is_of_file(value)]
    coded["cluster"] = encode(ids)
    coded["variant"] = encode(_without_as_is(rows["variant"]))
    times = zip(*(rows[name].to_pylist() for name in _TIMES), strict=True)
    coded["time"] = _texts(itertools.starmap(_describe_time, times))
    coded["labels"] = _texts("; ".join(labels or ()) for labels in rows["labels"].to_pylist())
    coded["evidence"] = _texts(
        _describe_evidence(pairs or (), variant)
        for pairs, variant in zip(
            rows["evidence"].to_pylist(), rows["variant"].to_pylist(), strict=True
        )
    )
    coded["report"] = {"values": [*map(printable, reports)], "codes": rows["report"].to_pylist()}
    return {
        "rows": rows.num_rows,
        "coded": coded,
        "distance": rows["distance"].to_pylist(),
        "copies": _copies(rows["item_id"], ids),
        "names": [printable(name) for name in rows["uri"].to_pylist()],
        "tiers": TIERS,
    }


def _describe_evidence(pairs: Iterable[Mapping[str, Any]], variant: str | None) -> str:
    said = ", ".join(f"{pair['algorithm']} {pair['distance']}" for pair in pairs)
    return said if variant in (None, AS_IS) else f"{said} ({variant})"


def _without_as_is(variants: Any) -> Any:
    return pc.if_else(pc.equal(pc.fill_null(variants, AS_IS), AS_IS), "", variants)


def _describe_time(first: int | None, last: int | None) -> str:
    """Return when the frames that match are shown: from the first to the last, in milliseconds."""
    if first is None:
        return ""
    ends = [_clock(each) for each in (first, last) if each is not None]
    return " to ".join(dict.fromkeys(ends))


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}.{rest:03}"


def encode(column: Any) -> dict[str, list[Any]]:
    """Return the distinct `values` of a column of text, safe to show, and each row's index."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = whole.dictionary_encode()
    values = [printable(value) for value in coded.dictionary.to_pylist()]
    return {"values": values, "codes": coded.indices.to_pylist()}


def _texts(texts: Iterable[str]) -> dict[str, list[Any]]:
    places: dict[str, int] = {}
    codes = [places.setdefault(printable(each), len(places)) for each in texts]
    return {"values": list(places), "codes": codes}


def _in_order(coded: dict[str, list[Any]], order: list[str]) -> dict[str, list[Any]]:
    """Return the same with the values in that order, all others after them."""
    old = coded["values"]
    new = sorted(old, key=lambda value: order.index(value) if value in order else len(order))
    places = [new.index(value) for value in old]
    return {"values": new, "codes": [places[code] for code in coded["codes"]]}


def _copies(items: Any, ids: Any) -> list[int]:
    """Return for each row how many different items its cluster has among all rows."""
    pairs = pa.table({"id": ids, "item": items})
    counts = pairs.group_by("id").aggregate([("item", "count_distinct")])
    places = pc.index_in(ids, value_set=counts["id"].combine_chunks())
    copies: list[int] = counts["item_count_distinct"].take(places).to_pylist()
    return copies


def as_json(value: Any) -> str:
    """Return JSON in ASCII that can stand inside a <script> element of data: no < > & in it."""
    made = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return made.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

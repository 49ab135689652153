"""The files of a report that matched, each once, with all its matches and its own hashes.

Knows no terminal and writes nothing.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.report.columns import is_overturned
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segments import BATCH_ROWS, Segment

HASHES = ("md5", "sha1", "sha256", "pdq")
"""The hashes reported for a file."""


@dataclass
class MatchedFile:
    """A file and what matched in it.

    `uri` has lone surrogates for bytes that are not UTF-8, if the report has its bytes.
    `digests` are the file's own; `pdq` has those of its picture (None) and further frames by name.
    `matches` are rows of the table, each once, in its order.
    """

    item_id: bytes
    uri: str
    matches: Sequence[Mapping[str, Any]]
    digests: dict[str, bytes] = field(default_factory=dict)
    pdq: dict[str | None, bytes] = field(default_factory=dict)


def matched_files(report: OpenReport) -> Iterator[MatchedFile]:
    """Yield the files that matched, with one part of the report in memory at a time.

    Leaves out overturned matches, and files that have no others.
    """
    known = set(report.names("files"))
    for name in report.names("matches"):
        matches = _drop_overturned(report.segment("matches", name).table())
        if not matches.num_rows:
            continue
        found = [_of(group) for group in _groups(matches)]
        if name in known:
            ids = matches["item_id"].unique()
            _add_hashes({each.item_id: each for each in found}, report.segment("files", name), ids)
        yield from found


def _drop_overturned(matches: pa.Table) -> pa.Table:
    return matches.filter(pc.invert(is_overturned(matches["decision"])))


def _groups(matches: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each item, items in the order of their first rows."""
    codes = matches["item_id"].combine_chunks().dictionary_encode()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    places = pa.array(range(matches.num_rows), pa.int64())
    keys = pa.table({"item": codes.indices, "place": places})
    order = pc.sort_indices(keys, [("item", "ascending"), ("place", "ascending")])
    batches = matches.take(order).to_batches(max_chunksize=BATCH_ROWS)
    rows = chain.from_iterable(batch.to_pylist() for batch in batches)
    for _, group in groupby(rows, key=lambda row: row["item_id"]):
        yield list(group)


def _of(rows: Sequence[dict[str, Any]]) -> MatchedFile:
    """Return the file of these rows; a path given twice has them twice."""
    known_by = ("part", "list", "entry_id", "algorithm", "distance", "tier")
    once = {tuple(row[name] for name in known_by): row for row in reversed(rows)}
    file = MatchedFile(rows[0]["item_id"], rows[0]["uri"], [*once.values()][::-1])
    for row in rows:
        _take(file, row)
    return file


def _add_hashes(files: Mapping[bytes, MatchedFile], part: Segment, ids: pa.Array) -> None:
    """Add what the table of files says."""
    wanted = ["item_id", "part", "uri_bytes", *(n for n in HASHES if n in part.schema.names)]
    for batch in part.batches(wanted):
        kept = batch.filter(pc.is_in(batch.column("item_id"), value_set=ids))
        for row in kept.to_pylist():
            file = files[row["item_id"]]
            if row["uri_bytes"] is not None:
                file.uri = os.fsdecode(row["uri_bytes"])
            _take(file, row)


def _take(file: MatchedFile, row: Mapping[str, Any]) -> None:
    if row.get("pdq") is not None:
        file.pdq.setdefault(row["part"], row["pdq"])
    for name in HASHES[:-1]:
        if row.get(name) is not None:
            file.digests.setdefault(name, row[name])

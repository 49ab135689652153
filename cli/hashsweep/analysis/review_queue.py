"""The decisions to make: one row per content and list entry, for reviewers to fill in.

A row names enough hashes that its decision applies to every file it represents (see decisions.py).
Knows no terminal and no file.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.analysis.clusters import COLUMNS as OF_CONTENT
from hashsweep.analysis.clusters import cluster_ids, content_keys
from hashsweep.analysis.decisions_file import as_name, escape
from hashsweep.analysis.filters import Filter
from hashsweep.analysis.selection import Selection
from hashsweep.model import CLOSE_DISTANCE, TIERS
from hashsweep.report.open_report import OpenReport

COLUMNS = (
    *("cluster", "sha256", "pdq", "list", "entry_id", "category", "tier", "copies"),
    *("decision", "by", "when"),
)
"""The columns of the file; `uri` comes last if requested."""

_IN_A_CELL = 400  # hashes; a spreadsheet's cell holds 32,767 characters
_GROUP = ("cluster", "list", "entry_id", "decision")
_OF_ROWS = ("algorithm", "list", "entry_id", "category", "tier", "decision", "uri")

Row = dict[str, Any]


def matches_of(reports: Sequence[OpenReport]) -> pa.Table:
    """Return the needed columns of the matches of all reports, which must fit into memory."""
    return Selection(reports, "matches", Filter()).contents((*OF_CONTENT, *_OF_ROWS))


def to_decide(matches: pa.Table, clusters: pa.Array | None = None) -> Iterator[Row]:
    """Yield the rows, strongest tier first, then most copies first.

    Decided and undecided matches of the same content and entry get separate rows. `clusters` are
    the matches' `cluster_ids`, if they are known. A row has all of COLUMNS that are filled in, and
    `match`: the index of one of its matches, which stands for them.
    """
    if not len(matches):
        return
    table = _with_contents(matches, cluster_ids(matches) if clusters is None else clusters)
    groups = table.group_by(list(_GROUP), use_threads=False).aggregate(
        [
            ("row", "min"),
            ("rank", "min"),
            ("item_id", "count_distinct"),
            ("pdq", "distinct"),
            ("alone", "distinct"),
        ]
    )
    groups = groups.sort_by(
        [
            ("rank_min", "ascending"),
            ("item_id_count_distinct", "descending"),
            *((name, "ascending") for name in _GROUP),
        ]
    )
    for batch in groups.to_batches(1_000):
        first = table.take(batch["row_min"]).to_pylist()
        for group, row in zip(batch.to_pylist(), first, strict=True):
            yield from _rows(group, row)


def as_csv(rows: Iterable[Row], *, names: bool) -> Iterator[str]:
    """Yield a header and one line per row, with a file name only if `names` is set."""
    columns = [*COLUMNS, *(["uri"] if names else [])]
    line = io.StringIO()
    table = csv.writer(line, lineterminator="\n")
    for cells in _cells(rows, columns):
        table.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _cells(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    yield columns
    for row in rows:
        yield [row.get(name, "") for name in columns]


def _with_contents(matches: pa.Table, clusters: pa.Array) -> pa.Table:
    """Return the rows in the order of their contents, with the columns they are grouped by.

    `alone` is the SHA-256 of files whose PDQ may be unusable because another hash matched.
    """
    matches = matches.append_column("cluster", clusters)
    matches = matches.append_column("match", pa.array(np.arange(len(matches))))
    ranks = pc.index_in(matches["tier"], value_set=pa.array(TIERS))
    matches = matches.append_column("rank", pc.fill_null(ranks, len(TIERS)))
    by_itself = pc.and_(pc.is_null(matches["part"]), pc.not_equal(matches["algorithm"], "pdq"))
    nothing = pa.scalar(None, pa.binary(32))
    matches = matches.append_column("alone", pc.if_else(by_itself, matches["sha256"], nothing))
    matches = matches.append_column("content", content_keys(matches)).sort_by("content")
    return matches.append_column("row", pa.array(np.arange(len(matches))))


def _rows(group: Row, first: Row) -> Iterator[Row]:
    """Yield the row of a group; several only if it has too many pictures for one."""
    digests = [first["sha256"]] if first["sha256"] and first["part"] is None else []
    digests += sorted({*group["alone_distinct"]} - {*digests})
    pictures = _cover(first["pdq"], group["pdq_distinct"])
    for at in range(0, max(len(digests), len(pictures), 1), _IN_A_CELL):
        yield {
            "cluster": group["cluster"],
            "sha256": _hex(digests[at : at + _IN_A_CELL]),
            "pdq": _hex(pictures[at : at + _IN_A_CELL]),
            **{
                name: escape(as_name(first[name] or ""))
                for name in ("list", "entry_id", "category", "uri")
            },
            "tier": tuple(TIERS)[group["rank_min"]] if group["rank_min"] < len(TIERS) else "",
            "copies": group["item_id_count_distinct"],
            "decision": group["decision"] or "",
            "match": first["match"],
        }


def _hex(hashes: Sequence[bytes]) -> str:
    return " ".join(each.hex() for each in hashes)


def _cover(first: bytes | None, pdqs: Sequence[bytes]) -> list[bytes]:
    """Return PDQs, `first` among them, so that each PDQ is within CLOSE_DISTANCE of one."""
    if len(pdqs) == (first is not None):
        return [*pdqs]
    ordered = sorted(pdqs, key=lambda pdq: (pdq != first, pdq))
    words = np.frombuffer(b"".join(ordered), np.uint64).reshape(len(ordered), -1)
    found, left = [], np.arange(len(ordered))
    while left.size:
        found.append(ordered[left[0]])
        left = left[_distances(words[left], words[left[0]]) > CLOSE_DISTANCE]
    return found


def _distances(words: npt.NDArray[np.uint64], one: npt.NDArray[np.uint64]) -> npt.NDArray[Any]:
    distances: npt.NDArray[Any] = np.bitwise_count(words ^ one).sum(axis=1, dtype=np.uint16)
    return distances

"""The totals of a report from its rows, for a sweep that goes on where another one ended.

Knows no file and no terminal.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.model import LOW_QUALITY
from hashsweep.report import schema
from hashsweep.report.columns import codes_of, is_overturned
from hashsweep.report.tally import Tally

_BESIDE_HASHES = {*schema.FILES.names} - {*schema.HASH_COLUMNS}


def hash_columns(files: pa.Schema) -> list[str]:
    """Return the names of the hashes in `files`, those of plug-ins included."""
    return [name for name in files.names if name not in _BESIDE_HASHES]


def columns(files: pa.Schema) -> list[str]:
    """Return the columns of `files` that `add_files` wants."""
    return [
        *(
            "item_id",
            "part",
            "status",
            "reasons",
            "size",
            "from_baseline",
            "stated_hashes",
            "media_type",
            "animated",
        ),
        *("decode_mode", "known_good", "pdq_quality"),
        *hash_columns(files),
    ]


def add(
    tally: Tally, files: pa.Table, matches: pa.Table, comparable: Sequence[str] | None = None
) -> None:
    """Add a part of `files` and the part of `matches` that belongs to it, as Tally.add would.

    `comparable` are the hashes that lists could match, where there may be others, too.
    """
    hashes = hash_columns(files.schema)
    tally.hashed.update({name: n for name in hashes if (n := _present(files[name]))})
    tally.low_quality += _sum(pc.less(files["pdq_quality"], LOW_QUALITY))
    tally.further_frames += _present(files["part"])
    overturned = is_overturned(matches["decision"])
    tally.overturned += _sum(overturned)
    tally.confirmed += _sum(pc.equal(matches["decision"], "confirmed"))
    matches = matches.filter(pc.invert(overturned))
    tally.matches += matches.num_rows
    tally.by_list.update(_counts(matches["list"]))
    tally.by_category.update(_counts(matches["category"]))
    tally.by_algorithm.update(_counts(matches["algorithm"]))
    tally.by_tier.update(_counts(matches["tier"]))
    files = files.filter(pc.is_null(files["part"]))
    failed = pc.equal(files["status"], "failed")
    tally.items += files.num_rows
    tally.bytes += _sum(files["size"])
    tally.failed += _sum(failed)
    tally.known_good += _present(files["known_good"])
    tally.from_baseline += _sum(files["from_baseline"])
    tally.digest_from_source += _sum(pc.greater(pc.list_value_length(files["stated_hashes"]), 0))
    tally.with_frames += _sum(files["animated"])
    tally.without_hash += _sum(
        pc.and_(pc.invert(failed), _all_null(files, hashes if comparable is None else comparable))
    )
    tally.media_types.update(_counts(files["media_type"]))
    tally.decode_modes.update(_counts(files["decode_mode"]))
    tally.failures.update(_counts(codes_of(files["reasons"])))
    tally.matched_items += _sum(pc.is_in(files["item_id"], value_set=matches["item_id"]))


def _sum(column: Any) -> int:
    return pc.sum(column).as_py() or 0


def _present(column: Any) -> int:
    return len(column) - int(column.null_count)


def _all_null(table: pa.Table, names: Sequence[str]) -> Any:
    """Return whether none of these hashes could match; a PDQ of low quality never does."""
    low = pc.fill_null(pc.less(table["pdq_quality"], LOW_QUALITY), False)  # noqa: FBT003
    found = pa.chunked_array([pa.array([True]).take(pa.array([0] * table.num_rows, pa.int64()))])
    for name in names:
        nothing = pc.is_null(table[name])
        found = pc.and_(found, pc.or_(nothing, low) if name == "pdq" else nothing)
    return found


def _counts(column: Any) -> Counter[str]:
    counts = pc.value_counts(pc.drop_null(column))
    return Counter({each["values"]: each["counts"] for each in counts.to_pylist()})

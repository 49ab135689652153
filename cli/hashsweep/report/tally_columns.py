"""Computes the totals of a report from its rows, for a sweep that is resumed.

Knows no file and no terminal.
"""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.model import LOW_QUALITY, NOTES, UNKNOWN_TYPE
from hashsweep.report import schema
from hashsweep.report.columns import codes_of, flat_reasons, is_overturned
from hashsweep.report.tally import Tally

_BESIDE_HASHES = {*schema.FILES.names} - {*schema.HASH_COLUMNS}


def hash_columns(files: pa.Schema) -> list[str]:
    """Return the names of the hashes in `files`, those of plug-ins included."""
    return [name for name in files.names if name not in _BESIDE_HASHES]


def columns(files: pa.Schema) -> list[str]:
    """Return the columns of `files` that `add` needs."""
    return [
        *(
            "item_id",
            "uri",
            "part",
            "status",
            "reasons",
            "size",
            "from_baseline",
            "stated_hashes",
            "media_type",
            "animated",
            "looked_for",
        ),
        *("decode_mode", "known_good", "pdq_quality", "possible"),
        *hash_columns(files),
    ]


def add(tally: Tally, files: pa.Table, matches: pa.Table) -> None:
    """Add a segment of `files` and its segment of `matches`, as Tally.add would."""
    hashes = hash_columns(files.schema)
    tally.hashed.update({name: n for name in hashes if (n := _present(files[name]))})
    tally.low_quality += _sum(pc.less(files["pdq_quality"], LOW_QUALITY))
    tally.further_frames += _present(files["part"])
    has_leads = pc.is_valid(files["possible"])
    tally.possible_items += pc.count_distinct(files["item_id"].filter(has_leads)).as_py()
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
    uris = files["uri"]
    is_folder = pc.and_(failed, pc.and_(pc.starts_with(uris, "/"), pc.ends_with(uris, "/")))
    tally.folders += _sum(is_folder)
    if tally.accept:
        flat = flat_reasons(files["reasons"])
        others = pc.invert(pc.is_in(flat["reason"], value_set=pa.array(sorted(tally.accept))))
        rows = pa.array(np.arange(files.num_rows))
        has_others = pc.is_in(rows, value_set=flat["row"].filter(others).combine_chunks())
        accepted = pc.and_(failed, pc.invert(has_others))
        tally.accepted += _sum(accepted)
        tally.accepted_folders += _sum(pc.and_(accepted, is_folder))
    tally.known_good += _present(files["known_good"])
    tally.from_baseline += _sum(files["from_baseline"])
    tally.digest_from_source += _sum(pc.greater(pc.list_value_length(files["stated_hashes"]), 0))
    tally.with_frames += _sum(files["animated"])
    tally.media_types.update(_counts(files["media_type"]))
    tally.decode_modes.update(_counts(files["decode_mode"]))
    rulesets = pc.struct_field(files["looked_for"], "ruleset")
    tally.by_ruleset.update(_counts(pc.fill_null(rulesets, 0).cast(pa.string())))
    codes = codes_of(files["reasons"])
    is_note = pc.is_in(codes["reason"], value_set=pa.array(sorted(NOTES)))
    tally.failures.update(_counts(codes.filter(pc.invert(is_note))["code"]))
    kinds = pc.fill_null(files["media_type"], UNKNOWN_TYPE)
    for note, counter in tally.notes().items():
        rows = codes.filter(pc.equal(codes["reason"], note))["row"]
        counter.update(_counts(kinds.take(rows)))
    tally.matched_items += _sum(pc.is_in(files["item_id"], value_set=matches["item_id"]))


def _sum(column: Any) -> int:
    return pc.sum(column).as_py() or 0


def _present(column: Any) -> int:
    return len(column) - int(column.null_count)


def _counts(column: Any) -> Counter[str]:
    counts = pc.value_counts(pc.drop_null(column))
    return Counter({each["values"]: each["counts"] for each in counts.to_pylist()})

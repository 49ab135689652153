"""Adds the matched file's own usable hashes to rows of `matches` that lack them.

What a part of `matches` lacks comes from its part of `files`. Knows no
terminal, and does not know what its result is used for.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.model import DIGESTS, LOW_QUALITY
from hashsweep.report import schema
from hashsweep.report.open_report import OpenReport

_HASHES = (*DIGESTS, "pdq")
_NEEDED = ("item_id", "part", "algorithm")


def with_own_hashes(report: OpenReport, name: str, columns: Sequence[str]) -> pa.Table:
    """Return these columns of the part `name` of `matches`; missing ones are null.

    The item's own hashes, if missing, come from `files`. `pdq` is
    null if its quality is below LOW_QUALITY, since blank pictures look alike. Raises ReportError.
    """
    part = report.segment("matches", name)
    rows = part.table([each for each in part.schema.names if each in {*columns, *_NEEDED}])
    lacking = [each for each in _HASHES if each in columns and each not in part.schema.names]
    if name in report.names("files") and (lacking or _may_be_low(rows)):
        files = report.segment("files", name).table(["item_id", "part", *lacking, "pdq_quality"])
        rows = _join(rows, files, lacking)
    there = rows.column_names
    return pa.table(
        {
            each: rows[each] if each in there else pa.nulls(len(rows), _kind(each))
            for each in columns
        }
    )


def _kind(column: str) -> pa.DataType:
    return schema.MATCHES.field(column).type


def _may_be_low(rows: pa.Table) -> bool:
    """Return whether there is a picture that PDQ did not match."""
    if "pdq" not in rows.column_names:
        return False
    others = pc.and_(pc.is_valid(rows["pdq"]), pc.not_equal(rows["algorithm"], "pdq"))
    return bool(pc.any(others).as_py())


def _join(rows: pa.Table, files: pa.Table, lacking: Sequence[str]) -> pa.Table:
    """Return the rows with the hashes they lack, and without a PDQ of low quality.

    Digests are the file's, even for a further frame.
    """
    known = _keys(files, files["part"]).combine_chunks()
    picture = pc.index_in(_keys(rows, rows["part"]), value_set=known)
    file = pc.index_in(_keys(rows, pa.nulls(len(rows), pa.string())), value_set=known)
    for name in lacking:
        rows = rows.append_column(name, files[name].take(picture if name == "pdq" else file))
    if "pdq" not in rows.column_names:
        return rows
    is_low = pc.less(files["pdq_quality"].take(picture), LOW_QUALITY)
    is_low = pc.fill_null(is_low, fill_value=False)
    pdq = pc.if_else(is_low, pa.scalar(None, _kind("pdq")), rows["pdq"])
    return rows.set_column(rows.column_names.index("pdq"), "pdq", pdq)


def _keys(table: pa.Table, part: Any) -> Any:
    """Return a unique key of each file or frame: pa.binary()."""
    columns = [pc.fill_null(each.cast(pa.binary()), b"") for each in (table["item_id"], part)]
    return pc.binary_join_element_wise(*columns, b"\0")

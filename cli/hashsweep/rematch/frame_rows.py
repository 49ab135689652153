"""Frames of which a report keeps the PDQ and no row: rows of their own while they are compared.

Knows no list and no folder.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hashsweep.report.carried_over import frames_without_rows
from hashsweep.report.columns import with_columns

_OF_THE_FILE = ("item_id", "uri", "uri_bytes", "status", "from_baseline", "known_good")


def add_frame_rows(files: pa.Table) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """Return the rows with one more for each frame that has none, and which these are.

    A file's rows stay together, the added ones last. `files` has the columns of schema.FILES.
    """
    having = np.flatnonzero(files["frame_hashes"].is_valid().to_numpy())
    if not having.size:
        return files, np.zeros(files.num_rows, bool)
    is_file = files["part"].is_null().to_numpy()
    ends = np.append(np.flatnonzero(is_file)[1:], files.num_rows)
    ends = ends[np.searchsorted(np.flatnonzero(is_file), having)]  # behind each file's last row
    added, places = [], []
    for start, end in zip(having.tolist(), ends.tolist(), strict=True):
        rows = files.slice(start, end - start)
        found = [*_describe_frames(rows)]
        added += found
        places += [end] * len(found)
    if not added:
        return files, np.zeros(files.num_rows, bool)
    new = with_columns(pa.Table.from_pylist(added, schema=_schema(files)), files.schema)
    order = np.argsort([*range(files.num_rows), *(place - 0.5 for place in places)], kind="stable")
    whole = pa.concat_tables([files, new]).take(pa.array(order)).combine_chunks()
    return whole, order >= files.num_rows


def _describe_frames(rows: pa.Table) -> Iterator[Mapping[str, Any]]:
    """Yield what is known of the frames of one file that have no row."""
    found = rows.select([*_OF_THE_FILE, "part", "looked_for", "frame_hashes"]).to_pylist()
    first = found[0]
    plain = {name: first[name] for name in _OF_THE_FILE}
    looked_for = {"ruleset": first["looked_for"] and first["looked_for"]["ruleset"]}
    for part, each in frames_without_rows(found):
        yield plain | {
            "part": part,
            "reasons": [],
            "decode_mode": "exact",
            "looked_for": looked_for,
            "pdq": each["pdq"],
            "pdq_quality": each["quality"],
        }


def _schema(files: pa.Table) -> pa.Schema:
    """Return the columns that an added row has."""
    names = (*_OF_THE_FILE, "part", "reasons", "decode_mode", "looked_for", "pdq", "pdq_quality")
    return pa.schema([files.schema.field(name) for name in names])

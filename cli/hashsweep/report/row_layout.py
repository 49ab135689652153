"""The bytes of a plain row, as workers pack it and their parent reads it (plain_rows.PlainRows).

Imports no pyarrow, which workers do without.
"""

import struct
from collections.abc import Mapping

import numpy as np

UNKNOWN = -1
"""Stands for a size, width, height or quality that is not known."""

KIND_FIELDS = (
    *("media_type", "decode_mode", "animated", "from_baseline", "stated_hashes", "compared"),
    *("compared_views", "known_good", "ruleset", "reasons"),
)
"""The fields of a record that its kind holds."""

HAS_TIME, HAS_ETAG = 1, 2
"""Flags of a row: it has `mtime_ns`; its `etag` is the one that its source gave."""

MOST_HASHES = 16
"""Hashes that a row can have."""


def row_type(sizes: Mapping[str, int]) -> np.dtype[np.void]:
    """Return the type of a row, packed, little-endian; `sizes` are the bytes of each hash.

    `kind` is a place in a table of kinds, `there` has a bit for each hash, the first one's lowest.
    """
    return np.dtype(
        [
            *(("kind", "<u2"), ("there", "<u2"), ("flags", "u1"), ("pdq_quality", "i1")),
            *(("width", "<i4"), ("height", "<i4"), ("size", "<i8"), ("mtime_ns", "<i8")),
            *((name, f"V{size}") for name, size in sizes.items()),
        ]
    )


NUMBERS = struct.Struct("<HHBbiiqq")
"""What a row begins with, in the order of row_type; its hashes follow."""

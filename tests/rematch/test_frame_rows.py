"""Rows for frames of which a report keeps the PDQ alone."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.rematch.frame_rows import add_frame_rows
from hashsweep.report import schema

FRAMES = st.integers(1, 6)
FILES = st.lists(
    st.tuples(
        st.sets(FRAMES.filter(lambda number: number > 1)),
        st.none() | st.lists(st.tuples(FRAMES, st.sampled_from([None, 0, 90])), max_size=6),
    ),
    max_size=5,
)
"""Files as (frames that have a row, (frame, quality) of what is kept)."""


def row(file, part=None, **values):
    """A row of the file of this number."""
    plain = {"item_id": bytes([file]) * 16, "uri": f"/{file}", "part": part, "status": "scanned"}
    seen = dict.fromkeys(each.name for each in schema.LOOKED_FOR) | {"ruleset": file}
    return plain | {"looked_for": seen, "reasons": []} | values


@given(FILES)
def test_each_frame_has_a_row(files):
    """Those that had none come behind their file's own, and everything else stays as it is."""
    before, added = [], []
    for number, (with_rows, kept) in enumerate(files):
        hashes = kept and [
            {"frame": frame, "pdq": bytes([frame]) * 32, "quality": quality}
            for frame, quality in kept
        ]
        before.append(row(number, frame_hashes=hashes))
        before += [row(number, f"frame {each}") for each in sorted(with_rows)]
        added.append(
            [(f"frame {frame}", frame, quality) for frame, quality in kept or ()
             if frame > 1 and frame not in with_rows]
        )  # fmt: skip
    table = pa.Table.from_pylist(before, schema=schema.FILES)
    whole, is_new = add_frame_rows(table)
    new = whole.filter(pa.array(is_new, pa.bool_())).to_pylist()

    assert whole.schema == table.schema
    assert whole.filter(pa.array(~is_new, pa.bool_())).equals(table)
    assert [
        (row["uri"], row["part"], row["pdq"][0], row["pdq_quality"], row["looked_for"]["ruleset"])
        for row in new
    ] == [
        (f"/{number}", part, frame, quality, number)
        for number, found in enumerate(added)
        for part, frame, quality in found
    ]
    uris = whole["uri"].to_pylist()
    assert uris == sorted(uris)

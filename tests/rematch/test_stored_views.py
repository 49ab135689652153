"""Views that a report keeps, and turns of hashes where it keeps none."""

import numpy as np
import pyarrow as pa
import pytest

from hashsweep.matching.queries import Queries
from hashsweep.matching.turned_bits import turn_hashes
from hashsweep.model import UNKNOWN_QUALITY
from hashsweep.rematch.stored_views import StoredViews
from hashsweep.report.schema import FILES
from hashsweep.variants import KINDS, LEVELS, TURNS, VARIANTS
from support.planted import random_hashes

BOTH = ("turns", "windows")


def kept(*names, quality=90, first=0):
    """What a row keeps: a hash of its own for each of these variants."""
    return [
        {"variant": name, "pdq": bytes([first + at]) * 32, "quality": quality}
        for at, name in enumerate(names)
    ]


def asked(*rows):
    """The PDQs of these rows as they are stored."""
    hashes = random_hashes(5, len(rows), 32)
    quality = np.full(len(rows), 80, np.uint8)
    return Queries(np.array(rows, np.int64), hashes, quality, np.zeros(len(rows), np.uint8))


def files(*rows, kinds=("turns", "windows"), chunks=1):
    """Rows of a report with these views, of which they keep these kinds."""
    found = [{"views": row, "kept_views": None if row is None else [*kinds]} for row in rows]
    parts = np.array_split(np.arange(len(rows)), chunks)
    columns = pa.schema([FILES.field(name) for name in ("kept_views", "views")])
    return pa.concat_tables(
        [pa.Table.from_pylist([found[at] for at in part], columns) for part in parts]
    )


def compared(queries, row):
    """The variants of a row, with the first byte and quality of each."""
    mine = queries.records == row
    names = [VARIANTS[number] for number in queries.variants[mine]]
    return dict(zip(names, zip(queries.hashes[mine][:, 0], queries.quality[mine], strict=True),
                    strict=True))  # fmt: skip


@pytest.mark.parametrize("chunks", [1, 3])
def test_kept_views_are_compared_and_others_are_turned_by_bits(chunks):
    """Row by row, the hash as it is stored first, whatever the order in the report."""
    every = kept(*reversed(TURNS), *KINDS["windows"])
    stored = StoredViews.read(files(None, every, None, chunks=chunks), BOTH)
    own = asked(0, 1, 2)
    found = stored.add_to(own)

    assert found.records.tolist() == sorted(found.records.tolist())
    assert [found.variants[found.records == row][0] for row in range(3)] == [0, 0, 0]
    assert compared(found, 1).keys() == {"as-is", *TURNS, *KINDS["windows"]}
    assert compared(found, 1)["mirrored"] == (len(TURNS) - 1, 90)
    for row in (0, 2):
        turned = found.hashes[found.records == row][1:]
        assert (turned == turn_hashes(own.hashes[row : row + 1])[0]).all()
        assert [*compared(found, row)] == ["as-is", *TURNS]
    names = stored.name_compared(np.array([True, True, False])).to_pylist()
    assert names == [["turns-of-hash"], ["turns", "windows"], None]


def test_only_kinds_that_are_asked_for_are_compared():
    """Whatever is kept; without turns the hash is not turned either."""
    rows = files(kept(*TURNS, *KINDS["windows"]), None)
    turns, none = (StoredViews.read(rows, LEVELS[level]) for level in ("turns", "off"))
    both = np.ones(2, bool)

    assert compared(turns.add_to(asked(0, 1)), 0).keys() == {"as-is", *TURNS}
    assert turns.name_compared(both).to_pylist() == [["turns"], ["turns-of-hash"]]
    assert none.add_to(asked(0, 1)).records.tolist() == [0, 1]
    assert none.name_compared(both).to_pylist() == [None, None]


def test_a_picture_may_have_no_view_of_a_kind_that_is_kept():
    """It is compared all the same; what is not known, not kept or without a hash is left out."""
    window = KINDS["windows"][0]
    rows = [*kept(window, "as-is", "inside-out", "flipped"), {"variant": KINDS["windows"][1]}]
    stored = StoredViews.read(files(rows, kinds=["windows", "insides"]), BOTH)
    found = compared(stored.add_to(asked(0)), 0)

    assert found.keys() == {"as-is", *TURNS, window}
    assert found[window] == (0, 90)
    assert found["flipped"] != (3, 90)
    assert stored.name_compared(np.ones(1, bool)).to_pylist() == [["windows", "turns-of-hash"]]
    assert stored.has(0, window)
    assert stored.has(0, "as-is")
    assert stored.has(0, None)
    assert not stored.has(0, "mirrored")
    assert not stored.has(0, "inside-out")
    empty = StoredViews.read(files([], kinds=["turns"]), ("turns",))
    assert empty.add_to(asked(0)).records.tolist() == [0]
    assert empty.name_compared(np.ones(1, bool)).to_pylist() == [["turns"]]


def test_views_of_rows_that_are_not_compared_are_left_out():
    """As of a file that is surely harmless; a quality that is not known stays so."""
    rows = files(kept(*TURNS, quality=None), kept(*TURNS))
    found = StoredViews.read(rows, ("turns",)).add_to(asked(0))

    assert {*found.records.tolist()} == {0}
    assert compared(found, 0)["flipped"] == (1, UNKNOWN_QUALITY)


def test_no_rows_have_no_views():
    """Also where the column has no chunk."""
    stored = StoredViews.read(FILES.empty_table(), LEVELS["thorough"])

    assert stored.add_to(asked()).records.size == 0
    assert stored.name_compared(np.zeros(0, bool)).to_pylist() == []


def test_a_negative_is_made_of_the_hash_unless_shown_pictures_are_kept():
    """Whatever else the row keeps."""
    rows = files(kept(*TURNS), kept("over-white", first=9))
    rows = rows.set_column(0, "kept_views", [[["turns"], ["shown"]]])
    stored = StoredViews.read(rows, ("turns", "shown"))
    own = asked(0, 1)
    found = stored.add_to(own)

    assert compared(found, 0)["inverted"] == (255 - own.hashes[0, 0], 80)
    assert compared(found, 1).keys() == {"as-is", *TURNS, "over-white"}
    names = stored.name_compared(np.ones(2, bool)).to_pylist()
    assert names == [["turns", "inverted"], ["shown", "turns-of-hash"]]

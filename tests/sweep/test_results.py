"""A worker's answer is taken for what it is worth."""

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hashsweep.errors import STAGES
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report import schema
from hashsweep.report.rows import Rows, file_row, match_row
from hashsweep.safe_text import as_text
from hashsweep.sweep.results import failed, records
from hashsweep.variants import View

SIZES = {"md5": 16, "pdq": 32}
ITEM = Item("/a", 3, 4)
MATCH = ["pdq", 3, "l", "e", "c", ["x"], "close", [["pdq", 3]], "as-is"]


@pytest.mark.parametrize(
    "wire",
    [
        {"hashes": []}, {"hashes": {"md5": 3}}, {"reasons": 3}, {"matches": [[1]]}, {"matches": 3},
        {"hashes": {"md5": "00"}}, {"hashes": {"sha1": "00" * 20}}, {"part": "frame 2"},
        {"width": 2**31}, {"height": -1}, {"frames": 2**40}, {"size": 2**63}, {"pdq_quality": 101},
        {"media_type": "\udcff"}, {"reasons": [["decode", "no such reason", ""]]},
        {"reasons": [["no such stage", "corrupt", ""]]},
        {"reasons": [["decode", "corrupt", "\ud800"]]},
        {"reasons": [["decode", "corrupt", str(n)] for n in range(17)]},
        {"reasons": ["decode", "corrupt", ""]}, {"stated_hashes": ["md5"]}, {"stated_hashes": 3},
        {"mtime_ns": True}, {"mtime_ns": 1.5},
        {"matches": [[*MATCH[:1], 2**31, *MATCH[2:]]]}, {"matches": [["pdq", -1, *MATCH[2:]]]},
        {"matches": [[*MATCH[:7], [["pdq", 2**31]], "as-is"]]},
        {"matches": [[*MATCH[:6], "sure", *MATCH[7:]]]}, {"size": True},
        {"matches": [[*MATCH[:2], None, *MATCH[3:]]]}, {"matches": [["\udcff", *MATCH[1:]]]},
        {"matches": [[*MATCH[:7], [["pdq", "x"]], "as-is"]]},
        {"possible": 3}, {"possible": [["l", "e"]]}, {"possible": [["l", "e", None]]},
        {"possible": [["l", "e", 2**31]]}, {"possible": [["l", "e", True]]},
        {"possible": [["l", 3, 3]]}, {"possible": [["\ud800", "e", 3]]},
        {"possible": [["l", f"e{n}", 3] for n in range(11)]},
        {"views": 3}, {"kept_views": ["insides"]}, {"views": [["mirrored", "00" * 32, 3]]},
        *(
            {"kept_views": ["turns"], "views": [view]}
            for view in (
                ["mirrored", "00" * 32], ["mirrored", "00", 3], ["mirrored", "00" * 32, 101],
                ["mirrored", "00" * 32, True], ["mirrored", None, 3], [["mirrored"], "00" * 32, 3],
                ["as-is", "00" * 32, 3], ["height-88", "00" * 32, 3],
            )
        ),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_a_failed_record(wire):
    """Whatever JSON a worker sends, the item has one row."""
    (record,) = records(ITEM, [wire], SIZES)

    assert (record.item, record.size) == (ITEM, 3)
    assert (record.reasons[0].stage, record.reasons[0].reason) == ("work", "internal")


def test_an_answer_that_makes_sense_is_taken():
    """With its further frames, and all its reasons."""
    wires = [{"hashes": {"md5": "00" * 16}, "matches": [MATCH]}, {"part": "frame 2"}]
    reasons = [["decode", "corrupt", "so"], ["read", "changed", ""]]
    wires[0] |= {"reasons": reasons, "stated_hashes": ["md5"]}
    first, second = records(ITEM, wires, SIZES)

    assert first.hashes == {"md5": bytes(16)}
    assert first.matches == [
        Match("pdq", 3, "l", "e", "c", ("x",), "close", (("pdq", 3),)),
    ]
    assert first.reasons == [Failure("decode", "corrupt", "so"), Failure("read", "changed")]
    assert first.stated_hashes == ("md5",)
    assert second.part == "frame 2"


@pytest.mark.parametrize("wires", [[{}, {}], [{"part": "frame 2"}, {}]])
def test_an_item_has_one_record_of_its_own(wires):
    """No second one, and none in another place."""
    (record,) = records(ITEM, wires, SIZES)

    assert record.reasons[0].reason == "internal"


def test_a_failure_of_the_engine_is_a_failed_record():
    """An item whose worker died keeps what its source knew."""
    failure = Failure("work", "crashed", "SIGSEGV")
    (record,) = failed(ITEM, failure)

    assert (record.reasons, record.size, record.mtime_ns) == ([failure], 3, 4)


@pytest.mark.parametrize("mtime_ns", [2**62 * 10**9, -(2**62) * 10**9])
def test_a_file_of_a_strange_date_is_scanned(mtime_ns):
    """File systems take any: what costs a time stamp does not make a failed item."""
    (record,) = records(ITEM, [{"mtime_ns": mtime_ns, "hashes": {}}], SIZES)

    assert record.reasons == []


TEXT = st.text(max_size=4) | st.sampled_from(["\ud800", "\udcff", "exact", "close"])
VALUES = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3)
REASONS = st.tuples(
    st.sampled_from([*STAGES, "?"]), st.sampled_from(["corrupt", "gone", "?"]), TEXT
).map(list)
FULL = Record(ITEM, size=1, mtime_ns=2, media_type="image/gif", width=3, height=4, frames=5)
FULL.views, FULL.kept_views = {"mirrored": View(bytes(32), None)}, ("turns",)
FULL.hashes, FULL.pdq_quality, FULL.animated, FULL.decode_mode = (
    {"pdq": bytes(32)},
    50,
    True,
    "exact",
)
NAMES = [
    *FULL.to_wire(),
    *("matches", "reasons", "part", "from_baseline", "stated_hashes", "known_good"),
]


@example({"mtime_ns": False}, [])
@example({"mtime_ns": 2**63}, [])
@example({"mtime_ns": 2**95}, [])
@example({"mtime_ns": -(2**95)}, [])
@example({"reasons": [["read", "gone", "a"], ["hash", "corrupt", ""]]}, [])
@example({"animated": 1}, [])
@given(
    changes=st.dictionaries(st.sampled_from(NAMES), VALUES | st.lists(REASONS)),
    match=st.lists(st.tuples(st.integers(0, 8), VALUES), max_size=3),
)
def test_whatever_is_taken_can_be_written(changes, match):
    """Any change of any value: the rows that come of it fit into the tables."""
    changed = list(MATCH)
    for place, value in match:
        changed[place] = value
    wire = FULL.to_wire() | {"matches": [changed]} | changes
    found = records(ITEM, [wire], SIZES)
    files, matches = Rows(schema.FILES), Rows(schema.MATCHES)
    for record in found:
        files.extend([file_row(record, ITEM.item_id, *as_text(ITEM.uri))])
        own = found[0].hashes
        matches.extend(
            [match_row(each, record, ITEM.item_id, ITEM.uri, own) for each in record.matches]
        )

    assert isinstance(files.table(), pa.Table)
    assert isinstance(matches.table(), pa.Table)
    assert files.count == 1

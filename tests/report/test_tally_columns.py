"""Totals from rows are the totals of the records that the rows were made of."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.model import NOTES, Failure, Item, Match, Possible, Record
from hashsweep.report import schema, tally_columns
from hashsweep.report.folder import ReportFolder
from hashsweep.report.segments import Segment
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter

SIZES = {"md5": 16, "sha256": 32, "pdq": 32, "own": 8}
NAMES = st.sampled_from(["", "a", "b\n"])
MATCHES = st.builds(
    Match,
    algorithm=st.sampled_from(["md5", "pdq"]), distance=st.integers(0, 31), list_name=NAMES,
    entry_id=NAMES, category=NAMES, labels=st.just(()), tier=st.sampled_from(["exact", "far"]),
    evidence=st.just((("md5", 0),)), decision=st.sampled_from([None, "confirmed", "overturned"]),
)  # fmt: skip
URIS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["/", "s3://b/"]),
    st.integers(0, 10**12),
    st.sampled_from(["", "/"]),
)
"""Local ones that end in a slash are folders."""
RECORDS = st.builds(
    Record,
    item=st.builds(Item, uri=URIS, earlier=st.none()),
    reasons=st.lists(
        st.builds(
            Failure,
            stage=st.sampled_from(["read", "decode"]),
            reason=st.sampled_from(["gone", "corrupt", *sorted(NOTES)]),
            detail=st.sampled_from(["", "so"]),
        ),
        max_size=3,
        unique=True,
    ),
    size=st.none() | st.integers(0, 2**40),
    from_baseline=st.none() | st.just(value=True),
    stated_hashes=st.sampled_from([(), ("md5",), ("md5", "sha256")]),
    media_type=st.none() | st.sampled_from(["image/gif", "video/mp4"]),
    animated=st.none() | st.booleans(),
    decode_mode=st.none() | st.sampled_from(["exact", "fast/8"]),
    hashes=st.sets(st.sampled_from(sorted(SIZES))).map(lambda n: {k: bytes(SIZES[k]) for k in n}),
    pdq_quality=st.none() | st.integers(0, 100),
    known_good=st.none() | NAMES.filter(bool),
    matches=st.lists(MATCHES, max_size=3),
    possible=st.lists(st.builds(Possible, NAMES, NAMES, st.integers(32, 40)), max_size=2),
)


@st.composite
def items(draw):
    """The records of one item: its own, and those of further frames."""
    first = draw(RECORDS)
    others = draw(st.lists(RECORDS, max_size=2))
    for number, other in enumerate(others, start=2):
        other.item, other.part, other.reasons = first.item, f"frame {number}", []
    return [first, *others]


@given(
    found=st.lists(items(), max_size=12, unique_by=lambda records: records[0].item.uri),
    segment_rows=st.integers(1, 9),
    accept=st.sets(st.sampled_from(["gone", "corrupt", *sorted(NOTES)])),
)
def test_rows_add_up_to_what_their_records_added_up_to(
    tmp_path_factory, found, segment_rows, accept
):
    """In parts of any size, part by part, whatever is accepted."""
    counted, recounted = Tally.create(accept), Tally.create(accept)
    with ReportFolder(tmp_path_factory.mktemp("report")) as folder:
        writer = ReportWriter(folder, schema.files_schema({"own": 8}), segment_rows=segment_rows)
        for records in found:
            writer.add(records)
            for record in records:
                counted.add(record)
        writer.finish()
        for path in folder.segments("files"):
            part = Segment(path)
            of_matches = folder.path / "matches" / path.name
            matches = Segment(of_matches).table() if of_matches.exists() else None
            empty = schema.MATCHES.empty_table()
            tally_columns.add(
                recounted, part.table(tally_columns.columns(part.schema)), matches or empty
            )

    assert recounted.totals() == counted.totals()


def test_matches_without_a_decision_stand():
    """Nobody has looked at them yet."""
    tally = Tally()
    matches = pa.Table.from_pylist([{"item_id": bytes(16), "list": "l"}] * 3, schema.MATCHES)
    tally_columns.add(tally, schema.FILES.empty_table(), matches)

    assert (tally.matches, tally.overturned, tally.confirmed) == (3, 0, 0)


def test_columns_of_hashes_are_those_that_are_nothing_else():
    """Plug-ins included, in the order of the table."""
    columns = tally_columns.hash_columns(schema.files_schema({"own": 8}))

    assert columns == [*schema.HASH_COLUMNS, "own"]

"""What there is to decide, and that decisions about it hold."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis import review_queue
from hashsweep.analysis.decisions import Decisions
from hashsweep.analysis.decisions_file import DECISIONS
from hashsweep.analysis.review_queue import COLUMNS, as_csv, matches_of, to_decide
from hashsweep.matching.distance import distance
from support import reports
from support.planted import flipped, random_hashes
from support.reports import found, open_report

CENTRES = random_hashes(3, 3, 32)
PDQS = [
    flipped(CENTRES[n : n + 1], bits, seed).tobytes()
    for n in range(3)
    for bits, seed in ((0, 1), (6, 1), (10, 2), (10, 3), (18, 4))
]
A, B = b"a" * 32, b"b" * 32


def match(entry="e", of="l", tier="close", algorithm="pdq", **more):
    """A match with that entry."""
    return reports.match(entry, tier, 0, algorithm, of=of, category="cat", **more)


def rows(*reports):
    """The rows of the file, as a spreadsheet shows them."""
    return list(
        csv.DictReader(io.StringIO("".join(as_csv(to_decide(matches_of(reports)), names=True))))
    )


def test_a_row_is_a_content_and_an_entry(tmp_path):
    """Copies and near copies are one; another entry is a row of its own."""
    items = [
        [found("/2", [match(tier="near")], sha256=B, pdq=PDQS[1])],
        [found("/1", [match(), match("f", "m", "far")], sha256=A, pdq=PDQS[0])],
        [found("/3", [match()], sha256=A, pdq=PDQS[0])],
    ]
    first, second = rows(open_report(tmp_path / "r", items, segment_rows=2))

    assert first == {
        "cluster": second["cluster"], "sha256": A.hex(), "pdq": PDQS[0].hex(), "list": "l",
        "entry_id": "e", "category": "cat", "tier": "close", "copies": "3", "decision": "",
        "by": "", "when": "", "uri": "/1",
    }  # fmt: skip
    assert (second["list"], second["entry_id"], second["tier"], second["copies"]) == (
        "m", "f", "far", "1",
    )  # fmt: skip


def test_the_strongest_come_first_and_then_the_most_copied(tmp_path):
    """So that whoever has an hour decides what weighs most."""
    items = [
        [found(f"/{number}/{copy}", [match(entry, tier=tier)], md5=bytes([number]) * 16)]
        for number, (entry, tier, copies) in enumerate(
            [("a", "far", 9), ("b", "exact", 1), ("c", "exact", 2), ("d", "collision", 3)]
        )
        for copy in range(copies)
    ]

    assert [row["entry_id"] for row in rows(open_report(tmp_path / "r", items))] == [*"cbad"]


def test_what_was_decided_is_kept_apart_from_what_was_not(tmp_path):
    """A new copy that no decision covers is told, and is not taken for decided."""
    items = [
        [found("/1", [match(decision="overturned")], sha256=A, pdq=PDQS[0])],
        [found("/2", [match()], sha256=B, pdq=PDQS[1])],
    ]
    told = rows(open_report(tmp_path / "r", items))

    assert [(row["decision"], row["sha256"]) for row in told] == [
        ("overturned", A.hex()), ("", B.hex()),
    ]  # fmt: skip
    assert told[0]["cluster"] == told[1]["cluster"]


def test_names_are_only_there_if_they_are_asked_for_and_never_a_formula(tmp_path):
    """A spreadsheet runs nothing of what strangers call their files."""
    report = open_report(tmp_path / "r", [[found("=1+\x1b", [match("@e", "-l")], sha256=A)]])
    (row,) = rows(report)
    without = "".join(as_csv(to_decide(matches_of([report])), names=False))

    assert (row["uri"], row["entry_id"], row["list"]) == ("'=1+\\x1b", "'@e", "'-l")
    assert without.splitlines()[0] == ",".join(COLUMNS)
    assert "=1+" not in without


QUALITY = st.sampled_from([None, 0, 49, 50, 100])
ITEM = st.tuples(
    st.sampled_from([None, *PDQS]),
    st.none() | st.sampled_from([A, B, b"c" * 32]),
    st.booleans(),
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["pdq", "phash", "sha256"])), max_size=2
    ),
    st.none() | st.sampled_from(["no picture", *PDQS]),
    st.tuples(QUALITY, QUALITY),
)


@given(items=st.lists(ITEM, max_size=14), choose=st.data(), in_a_cell=st.sampled_from([1, 400]))
def test_filled_in_it_decides_every_match_as_its_row_says(
    tmp_path_factory, items, choose, in_a_cell
):
    """Whatever is in a cluster, the file or its frames; what was not decided stays so."""
    folder = tmp_path_factory.mktemp("review")
    made, pictures = [], {}
    for number, (drawn, sha256, has_md5, entries, frame_drawn, qualities) in enumerate(items):
        # one content has one picture, and the same frames
        content = sha256 or (drawn or bytes(32) if has_md5 else number)
        told = pictures.setdefault(content, (drawn, frame_drawn, qualities))
        pdq, of_frame, (quality, frame_quality) = told
        md5 = (pdq or bytes(16))[:16] if has_md5 else None
        digests = {n: v for n, v in (("sha256", sha256), ("md5", md5)) if v}
        own = found(f"/{number}", **digests, **({"pdq": pdq} if pdq else {}))
        picture = {"pdq": of_frame} if of_frame != "no picture" else {}
        frame = found(f"/{number}", part="frame 2", **picture)
        own.pdq_quality, frame.pdq_quality = quality, frame_quality
        made.append([own, *([frame] if of_frame else [])])
        for record in made[-1]:
            record.matches = [match(entry, algorithm=name) for entry, name in entries]
            if record.pdq_quality in (0, 49):  # PDQ does not match these
                record.matches = [each for each in record.matches if each.algorithm != "pdq"]
    report = open_report(folder / "r", made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(review_queue, "_IN_A_CELL", in_a_cell)
        todo = rows(report)
    decided = {}
    for row in todo:
        key = row["cluster"], row["entry_id"]
        row["decision"] = decided.setdefault(key, choose.draw(st.sampled_from(["", *DECISIONS])))
    path = folder / "decisions.csv"
    with path.open("w", newline="") as stream:
        table = csv.DictWriter(stream, [*COLUMNS, "uri"])
        table.writeheader()
        table.writerows(todo)
    decisions = Decisions(path)
    for records in made:
        decisions.apply(records)
    clusters = review_queue.cluster_ids(matches_of([report])).to_pylist()
    matches = [each for records in made for record in records for each in record.matches]

    assert [each.decision for each in matches] == [
        decided[cluster, each.entry_id] or None
        for cluster, each in zip(clusters, matches, strict=True)
    ]


@given(count=st.integers(1, 60), seed=st.integers(0, 2**32))
def test_pictures_of_a_row_cover_all(count, seed):
    """Each is within 10 bits of one that is named, and the first is named first."""
    pdqs = [row.tobytes() for row in flipped(CENTRES[:1].repeat(count, axis=0), 9, seed)]
    cover = review_queue._cover(pdqs[-1], [*dict.fromkeys(pdqs)])

    assert cover[0] == pdqs[-1]
    assert all(min(distance(pdq, each) for each in cover) <= 10 for pdq in pdqs)


def test_a_row_names_the_hashes_that_can_be_used(tmp_path):
    """Of the frame that matches, and no PDQ of low quality; also of several reports at once."""
    low = found("/3", [match("f", algorithm="md5")], sha256=b"c" * 32, pdq=PDQS[5])
    low.pdq_quality = 49
    items = [
        [found("/1", [match()], sha256=A, pdq=PDQS[0])],
        [found("/2", sha256=B), found("/2", [match()], part="frame 2", pdq=PDQS[6])],
        [low, found("/3", [match("f")], part="frame 2", pdq=PDQS[7])],
        [found("/4", [match()])],
    ]
    new = open_report(tmp_path / "new", items, segment_rows=2)
    again = open_report(tmp_path / "again", items, segment_rows=2)
    told = rows(new)

    assert {(row["sha256"], row["pdq"]) for row in told} == {
        (A.hex(), PDQS[0].hex()), ("", PDQS[6].hex()), ("", ""), ("", PDQS[7].hex()),
        ((b"c" * 32).hex(), ""),
    }  # fmt: skip
    assert rows(again, new) == told
    assert rows(open_report(tmp_path / "none", [[found("/1")]])) == rows() == []

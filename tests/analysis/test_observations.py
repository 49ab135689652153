"""Items, contents and matches of reports, a share at a time."""

import pyarrow as pa
import pytest

from hashsweep.analysis import observations
from hashsweep.analysis.observations import Codes, Observed, latest, number_values
from hashsweep.report.open_report import OpenReport
from support.reports import failed, match, record, write


@pytest.fixture
def reports(tmp_path):
    """Two reports."""
    first = [record(f"/{n}", n, match(), match("e-2")) for n in range(20)]
    second = [record("/0", 30, match(), known_good="harmless"), failed("/x")]
    return [
        OpenReport(write(tmp_path / "0", first, segment_rows=7)),
        OpenReport(write(tmp_path / "1", second)),
    ]


@pytest.mark.parametrize("rows", [1, 5, 22, 1_000])
def test_shares_are_the_whole(reports, monkeypatch, rows):
    """Every row is in one share, and all rows of an item or content in the same."""
    whole = Observed(reports)
    monkeypatch.setattr(observations, "SHARE_ROWS", rows)
    found = Observed(reports)
    assert (whole.shares, found.shares) == (1, -(-22 // rows))

    for take, key in (
        (Observed.files, "item_id"),
        (lambda of, share: of.contents("sha256", share), "content"),
        (Observed.matches, "item_id"),
    ):
        shares = [take(found, share) for share in range(found.shares)]
        keys = [set(share[key].to_pylist()) if share.num_rows else set() for share in shares]

        assert sum(map(len, keys)) == len(set().union(*keys))
        assert sum(share.num_rows for share in shares) == take(whole, 0).num_rows


def test_files_are_what_rows_say(reports):
    """Numbers for texts, and whether there is a hash, one of them or any."""
    found = Observed(reports, ["pdq", "md5"])
    files = found.files(0)
    last, bad = files.slice(20).to_pylist()

    assert files["report"].to_pylist() == [0] * 20 + [1] * 2
    assert (last["size"], last["failed"], last["hashed"]) == (100, False, True)
    assert (last["hash:pdq"], last["hash:md5"]) == (True, False)
    assert found.codes["known_good"].text(last["known_good"]) == "harmless"
    assert (bad["failed"], bad["hashed"], bad["hash:pdq"]) == (True, False, False)
    assert found.codes["reason"].text(bad["reason"]) == "corrupt"
    assert found.contents("sha256", 0).num_rows == 21


def test_the_strongest_of_several_frames_stands(tmp_path):
    """With the decision of all of them: one frame that stands keeps the match open."""
    frames = [
        record(
            "/g", 1, match(tier="far", decision="overturned"), match("e-2", decision="overturned")
        ),
        record("/g", 2, match(tier="close"), match("e-2", decision="overturned"), part="frame 2"),
        record("/g", 3, match(tier="near", decision="overturned"), part="frame 3"),
    ]
    found = Observed([OpenReport(write(tmp_path / "0", [frames]))])
    rows = {row["entry"]: row for row in found.matches(0).to_pylist()}

    assert {entry: found.codes["tier"].text(row["tier"]) for entry, row in rows.items()} == {
        "e-1": "close", "e-2": "close",
    }  # fmt: skip
    assert {entry: row["decision"] for entry, row in rows.items()} == {"e-1": 1, "e-2": 0}


def test_nothing_is_an_empty_table(tmp_path):
    """A report without rows."""
    found = Observed([OpenReport(write(tmp_path / "0", []))])

    assert [found.files(0).num_rows, found.matches(0).num_rows] == [0, 0]
    assert found.contents("sha256", 0).num_rows == 0


def test_codes_are_the_same_for_every_part():
    """Texts are numbered as they come; null stays null."""
    codes = Codes()

    assert codes.encode(pa.array(["b", None, "a", "b"])).to_pylist() == [0, None, 1, 0]
    assert codes.encode(pa.chunked_array([["a"], ["c"]])).to_pylist() == [1, 2]
    assert [codes.text(2), codes.text(None), codes.code("c"), codes.code("d")] == ["c", None, 2, -1]


def test_the_latest_row_counts():
    """Nulls included; but what has a function of its own."""
    rows = pa.table({"k": [1, 2, 1], "v": ["x", "y", None], "n": [5, 6, 4]})

    assert latest(rows, ["k"], {"n": "max"}).to_pylist() == [
        {"k": 1, "v": None, "n": 5},
        {"k": 2, "v": "y", "n": 6},
    ]


def test_unknown_texts_weigh_least():
    """A tier of a later version is no reason to fail; null has a number where one is given."""
    column = pa.array(["a", "b", "?", None])

    assert number_values(column, {"a": 0, "b": 1}).to_pylist() == [0, 1, 2, 2]
    assert number_values(column, {"a": 0, None: 1, "b": 2}).to_pylist() == [0, 2, 1, 1]

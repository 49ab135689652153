"""The strongest matches, and how the page's script gets them."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.analysis.clusters import cluster_ids
from hashsweep.model import TIERS
from hashsweep.output.page.top_matches import as_json, payload, strongest
from hashsweep.report.open_report import OpenReport
from support.reports import matched, write_many


def weight(match):
    """How strong it is, the strongest least."""
    return (match.decision == "overturned", list(TIERS).index(match.tier), match.distance)


@pytest.fixture
def records():
    """Some of each tier; some were overturned."""
    decisions = (None, "confirmed", None, "overturned", None)
    return [matched(number, decision=decisions[number % 5]) for number in range(60)]


@pytest.mark.parametrize("most", [1, 7, 59, 60, 1000])
def test_the_strongest_come_first_and_the_rest_is_left_out(tmp_path, records, most):
    """Those of one weight in the order of the reports, whatever the parts are."""
    write_many(tmp_path / "a", records[:40], segment_rows=9)
    write_many(tmp_path / "b", records[40:], segment_rows=3)
    rows = strongest([OpenReport(tmp_path / "a"), OpenReport(tmp_path / "b")], most)
    expected = sorted(enumerate(records), key=lambda pair: weight(pair[1].matches[0]))[:most]

    assert rows["uri"].to_pylist() == [record.item.uri for _, record in expected]
    assert rows["report"].to_pylist() == [int(number >= 40) for number, _ in expected]


def told(path):
    """What the page's script is given of a report."""
    rows = strongest([OpenReport(path)])
    return payload(rows, cluster_ids(rows), ["a"])


def decoded(data, name):
    """A column as the script sees it."""
    coded = data["coded"][name]
    return [coded["values"][code] for code in coded["codes"]]


def test_columns_are_those_of_the_rows(tmp_path, records):
    """Coded or not; nothing is null, and tiers come by their strength."""
    write_many(tmp_path / "a", records)
    rows = strongest([OpenReport(tmp_path / "a")])
    data = payload(rows, cluster_ids(rows), ["a"])
    clusters = decoded(data, "cluster")
    matches = {record.item.uri: record.matches[0] for record in records}
    items = {cluster: set() for cluster in clusters}
    for cluster, name in zip(clusters, data["names"], strict=True):
        items[cluster].add(name)

    assert data["rows"] == 60
    assert data["coded"]["tier"]["values"] == ["exact", "close", "near", "far"]
    for name, of in (
        ("list", "list_name"), ("entry_id", "entry_id"), ("category", "category"), ("tier", "tier"),
    ):  # fmt: skip
        assert decoded(data, name) == [getattr(matches[uri], of) for uri in data["names"]]
    assert decoded(data, "decision") == [matches[uri].decision or "" for uri in data["names"]]
    assert decoded(data, "evidence")[0] == "sha256 0"
    assert data["copies"] == [len(items[cluster]) for cluster in clusters]
    assert {*data["copies"]} == {1, 2}


def test_entries_that_are_called_as_files_are_marked(tmp_path):
    """The page hides them as it does names."""
    entries = ("/srv/a.jpg", "e-1", "b.png")
    write_many(tmp_path / "a", (matched(n, entry_id=each) for n, each in enumerate(entries)))
    coded = told(tmp_path / "a")["coded"]
    values = coded["entry_id"]["values"]

    assert {values[place] for place in coded["entry_id"]["named"]} == {"/srv/a.jpg", "b.png"}


def test_views_parts_and_times_are_told_where_there_are_any(tmp_path):
    """A picture as it is stored has no view to name; times are those of the frames that match."""
    plain, turned, film = (matched(number) for number in range(3))
    turned.matches[0] = replace(turned.matches[0], variant="mirrored")
    film.part = "frame 3"
    path = write_many(tmp_path / "a", [plain, turned, film])
    segment = path / "matches" / "part-00000.parquet"
    table = pq.read_table(segment)
    for name, at in (("first_ms", 61_500), ("last_ms", 3_600_000)):
        times = pa.array([None, None, at], pa.int64())
        table = table.set_column(table.column_names.index(name), name, times)
    pq.write_table(table, segment)
    data = told(path)
    rows = {
        name[-5]: [decoded(data, each)[at] for each in ("variant", "part", "time")]
        for at, name in enumerate(data["names"])
    }

    assert rows == {
        "0": ["", "", ""],
        "1": ["mirrored", "", ""],
        "2": ["", "frame 3", "0:01:01.500 to 1:00:00.000"],
    }


def test_rows_know_their_number_among_all(tmp_path, records):
    """As they come in the reports, for what is read of them elsewhere."""
    write_many(tmp_path / "a", records[:40], segment_rows=9)
    write_many(tmp_path / "b", records[40:], segment_rows=3)
    rows = strongest([OpenReport(tmp_path / "a"), OpenReport(tmp_path / "b")], 7)

    assert [records[n].item.uri for n in rows["number"].to_pylist()] == rows["uri"].to_pylist()


def test_no_match_is_no_row(tmp_path):
    """All columns are there all the same."""
    write_many(tmp_path / "a", [])
    data = told(tmp_path / "a")

    assert (data["rows"], data["names"], decoded(data, "tier")) == (0, [], [])


def test_an_older_report_is_read(tmp_path):
    """Without digests each item is a cluster of its own."""
    path = write_many(tmp_path / "a", map(matched, range(20))) / "matches" / "part-00000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["decision", "md5", "sha1", "sha256", "pdq"]), path)
    data = told(tmp_path / "a")

    assert {*data["copies"]} == {1}
    assert {*decoded(data, "decision")} == {""}


@given(st.recursive(st.text(st.characters()) | st.integers(), st.lists))
def test_data_cannot_leave_its_element(value):
    """No character of it has a meaning in HTML, and it is read back as it was."""
    made = as_json(value)

    assert made.isascii()
    assert not {*"<>&"} & {*made}
    assert json.loads(made) == value

"""What the page's script gets to write decisions with."""

import pyarrow as pa

from hashsweep.analysis.clusters import cluster_ids, content_id, content_key
from hashsweep.analysis.review_queue import COLUMNS, matches_of, to_decide
from hashsweep.output.page.decision_rows import add_rows
from hashsweep.output.page.top_matches import payload, strongest
from hashsweep.report.open_report import OpenReport
from support.reports import match, record, write_many


def added(path):
    """The page's data of a report, and its matches in the order of the report."""
    reports = [OpenReport(path)]
    rows, matches = strongest(reports), matches_of(reports)
    order, clusters = rows["number"].combine_chunks(), cluster_ids(matches)
    data = payload(rows, clusters.take(order), ["a"])
    add_rows(data, matches, clusters, order)
    return data, matches


def test_rows_are_those_to_decide(tmp_path):
    """In their order, each with a row of the page that is of its content and entry."""
    records = [record(f"/srv/{n}.jpg", n % 4, match(f"e-{n % 3}", "far", 24 + n)) for n in range(9)]
    data, matches = added(write_many(tmp_path / "a", [*reversed(records)]))
    rows = data["decisions"]["rows"]
    wanted = [*to_decide(matches)]
    named = [data["names"][at] for at in rows["at"]]

    assert data["decisions"]["columns"] == COLUMNS
    assert rows["sha256"] == [each["sha256"] for each in wanted]
    assert rows["pdq"] == [each["pdq"] for each in wanted]
    assert rows["copies"] == [each["copies"] for each in wanted]
    assert [data["coded"]["tier"]["values"][code] for code in rows["tier"]] == ["far"] * len(wanted)
    assert named == [matches["uri"][each["match"]].as_py() for each in wanted]


def test_cells_are_told_where_they_differ_from_the_page(tmp_path):
    """As the CSV escapes them."""
    entries = ("=1+1", "plain", " blank ", "'quoted")
    records = [record(f"/srv/{n}.jpg", n, match(each)) for n, each in enumerate(entries)]
    data, _ = added(write_many(tmp_path / "a", records))

    assert data["decisions"]["cells"] == {
        "list": {},
        "entry_id": {"=1+1": "'=1+1", " blank ": "blank", "'quoted": "''quoted"},
        "category": {},
    }


def test_what_a_match_has_alone_is_told_where_there_are_others(tmp_path):
    """A file has its SHA-256, a frame its content, which is the file's bytes and its place."""
    film = [record("/srv/film.gif", 1, match("film")), record("/srv/film.gif", 1, match("film"))]
    film[1].part = "frame 2"
    blank = record("/srv/film.gif", 1, match("film"), part="frame 3")
    del blank.hashes["pdq"]
    alone = record("/srv/alone.jpg", 7, match("other"))
    data, matches = added(write_many(tmp_path / "a", [[*film, blank], alone]))
    coded = data["decisions"]["alone"]
    found = [coded["values"][code] for code in coded["codes"]]
    by_part = dict(
        zip(
            [data["coded"]["part"]["values"][code] for code in data["coded"]["part"]["codes"]],
            found,
            strict=True,
        )
    )

    assert isinstance(matches, pa.Table)
    key = content_key(b"", "frame 2", film[0].hashes, None)
    assert by_part["frame 2"] == f"c{content_id(key)}"
    assert found.count("") == 2  # the other file, and the frame that is a content of its own
    assert f"s{film[0].hashes['sha256'].hex()}" in found

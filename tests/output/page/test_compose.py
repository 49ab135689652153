"""Reports to a page."""

import datetime
import json
import re

from hashsweep.analysis.clusters import cluster_ids
from hashsweep.analysis.near_misses import WITHIN, Nearest
from hashsweep.output.page.compose import compose
from hashsweep.output.redaction import Redaction, redactor
from hashsweep.report.open_report import OpenReport
from support.reports import matched, write_many

NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)


def made(*paths, **options):
    """The page of these reports."""
    return compose([OpenReport(path) for path in paths], cluster_ids, now=NOW, **options)


def test_a_page_is_the_same_each_time(tmp_path):
    """But for the time it was made."""
    path = write_many(tmp_path / "a", map(matched, range(20)))

    assert made(path) == made(path)
    assert f"<title>hashsweep report: {path}</title>" in made(path)


def test_names_are_only_in_the_data(tmp_path):
    """Where the script leaves them until they are asked for; those of sources are told."""
    path = write_many(tmp_path / "a", map(matched, range(20)), sources=["/srv/media/secret"])
    page = made(path)
    data = page[page.index('id="data"') :]

    assert page.count("000007.jpg") == data.count("000007.jpg") == 1
    assert "secret" in page


def test_a_redacted_page_names_no_file_source_or_entry(tmp_path):
    """Tokens stand there, which are those of `report export --redact`; clusters have other ids."""
    hot = [{"list": "known", "entry_id": "her name", "files": 30, "pictures": 25}]
    records = [matched(number, entry_id="her name") for number in range(9)]
    records[0].part = "in/her name.jpg"
    path = write_many(tmp_path / "a", records, sources=["/srv/her name"], hot=hot)
    plain, page = made(path), made(path, redaction=Redaction(b"k" * 32))
    before, after = (
        json.loads(re.findall(r'id="data">(.*?)</script>', p)[0]) for p in (plain, page)
    )

    assert plain.count("her name") >= 4
    assert not re.search("her name|[.]jpg|/srv", page)
    assert redactor(b"k" * 32)("/srv/her name") in page
    assert redactor(b"k" * 32)(before["names"][3]) == after["names"][3]
    assert not {*before["coded"]["cluster"]["values"]} & {*after["coded"]["cluster"]["values"]}
    assert before["copies"] == after["copies"]
    assert "are replaced by keyed hashes" in page
    assert "contains file names" not in page
    assert "contains file names" in plain


def test_at_most_so_many_matches_are_told_one_by_one(tmp_path):
    """All are counted, and what is missing is told."""
    page = made(write_many(tmp_path / "a", map(matched, range(20))), most=5)
    (data,) = re.findall(r'id="data">(.*?)</script>', page)

    assert json.loads(data)["rows"] == 5
    assert {*json.loads(data)["coded"]["tier"]["values"]} == {"exact"}
    assert "the strongest 5 of 20 matches" in page
    assert "Matches of a file with an entry: 20." in page


def test_without_a_list_it_says_how_near_misses_are_had(tmp_path):
    """With one they are there."""
    path = write_many(tmp_path / "a", map(matched, range(20)))
    none = (0,) * (WITHIN + 1)
    nearest = Nearest((*none[:40], 3, *none[41:]), none, 50, 50, 50, 6, ("known",))

    assert "hashsweep report html --list LIST" in made(path)
    assert "near misses (not matches): 3" in made(path, nearest=nearest)
    assert "--list LIST" not in made(path, nearest=nearest)


def test_several_reports_are_counted_in_the_title(tmp_path):
    """Their names stand at their verdicts."""
    first, second = (write_many(tmp_path / name, [matched(0)]) for name in "ab")
    page = made(first, second)

    assert "<title>hashsweep 2 reports</title>" in page
    assert page.count('<div class="verdict">') == 2
    assert 'data-key="report"' in page
    assert 'data-key="report"' not in made(first)

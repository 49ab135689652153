"""`hashsweep report stats` through the real command; what it prints is in test_golden.py."""

import json

import pytest

from hashsweep.analysis.stats import DIMENSIONS, FIGURES
from hashsweep.commands.report import stats
from hashsweep.report.encryption import Keys
from support.reports import match, record, write

RECORDS = [record("/a", 1, match()), record("/b", 2)]


@pytest.fixture
def reports(tmp_path):
    """Two reports of one source, a day and another."""
    write(tmp_path / "one", RECORDS)
    write(tmp_path / "two", RECORDS, started="2026-03-02T10:00:00+00:00")


def total(done):
    """The total of --format json."""
    return json.loads(done.stdout)["total"]


def test_dimensions_are_those_that_can_be_counted_by():
    """They stand in two places, because --help imports no pyarrow."""
    assert set(stats.DIMENSIONS) == set(DIMENSIONS)


def test_the_help_explains_every_figure_that_is_no_word_of_its_own(report):
    """What is published can be looked up."""
    text = report("stats", "--help").stdout
    plain = {"reports", "bytes", "undecided", "confirmed"}

    assert [name for name in FIGURES if name not in text and name not in plain] == []


@pytest.mark.usefixtures("reports")
def test_nothing_counts_twice(report):
    """An item in two sweeps is one in all, and one in each of their days."""
    done = report("stats", "one", "two", "--by", "day", "--format", "json")
    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert [(row["day"], row["seen"], row["matches"]) for row in found["rows"]] == [
        ("2026-03-01", 2, 1), ("2026-03-02", 2, 1),
    ]  # fmt: skip
    assert (total(done)["seen"], total(done)["matches"], total(done)["reports"]) == (2, 1, 2)
    assert total(report("stats", "one", "one", "--format", "json"))["reports"] == 1


@pytest.mark.usefixtures("reports")
def test_reports_can_be_chosen_by_date(report):
    """By the start of their sweeps."""
    done = report("stats", "one", "two", "--format", "json", "--swept-since", "2026-03-02")
    none = report("stats", "one", "two", "--swept-until", "2026-02-28")

    assert [each["report"] for each in json.loads(done.stdout)["reports"]] == ["two"]
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr == "hashsweep: no sweep of these reports began in that time\n"


@pytest.mark.parametrize("by", [["month"] * 2, ["month", "list", "tier"]])
@pytest.mark.usefixtures("reports")
def test_two_different_dimensions_at_most(report, by):
    """In one line."""
    done = report("stats", "one", *(word for each in by for word in ("--by", each)))

    assert (done.returncode, done.stderr) == (
        2, "hashsweep: --by takes 2 different values at most\n",
    )  # fmt: skip


def test_what_is_unfinished_or_missing_is_told(report, tmp_path):
    """Counts that are too low must not look like all of them."""
    write(tmp_path / "killed", RECORDS, state="running")
    write(tmp_path / "shard", RECORDS, options={"shard": [2, 2]})
    done = report("stats", "killed", "shard")

    assert done.returncode == 4
    assert done.stderr == (
        "hashsweep: 1 of 2 sweeps is unfinished: counts may be too low\n"
        "hashsweep: shard 1/2 missing: counts may be too low\n"
    )
    assert done.stdout.splitlines()[1].split()[:2] == ["2", "2"]


def test_encrypted_reports_are_counted_with_their_key(report, tmp_path, key_file):
    """And not without."""
    write(tmp_path / "sealed", RECORDS, keys=Keys.load(key_file))
    done = report("stats", "sealed", "--format", "json", "--key-file", key_file)
    none = report("stats", "sealed")

    assert (done.returncode, total(done)["matched_files"]) == (0, 1)
    assert (none.returncode, none.stdout) == (2, "")
    assert "is encrypted" in none.stderr


@pytest.mark.parametrize("changes", [{"lists": [3]}, {"options": 3}, {"started": None}])
def test_a_damaged_report_is_named(report, tmp_path, changes):
    """In one line, and nothing is counted."""
    path = write(tmp_path / "bad", RECORDS) / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    done = report("stats", "bad", "--by", "list")

    assert (done.returncode, done.stdout) == (2, "")
    assert "bad" in done.stderr
    assert "is damaged" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_real_sweep(swept, report):
    """Of files that can be read and of one that cannot."""
    swept()
    counted = total(report("stats", "out", "--format", "json"))

    assert {name: counted[name] for name in ("seen", "unreadable", "matched_files", "matches")} == {
        "seen": 6, "unreadable": 1, "matched_files": 2, "matches": 2,
    }  # fmt: skip
    assert counted["unique_contents"] == 4

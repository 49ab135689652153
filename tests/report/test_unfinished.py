"""Reports without their end."""

import uuid
from functools import partial

import pytest

from hashsweep.errors import ReportError
from hashsweep.model import Failure, Item, Match, Record
from hashsweep.report.encryption import VARIABLE, Keys, new_key
from hashsweep.report.folder import ReportFolder
from hashsweep.report.reader import parts, sealed_as
from hashsweep.report.tally import Tally
from hashsweep.report.unfinished import check_gapless, state_of, totals
from hashsweep.report.writer import ReportWriter

MATCH = Match("md5", 0, "known", "e-1", "cat", (), "exact-md5", (("md5", 0),))
RECORDS = [
    Record(Item("/a"), size=3, hashes={"md5": bytes(16)}, matches=[MATCH, MATCH]),
    Record(Item("/b"), size=4, media_type="image/png"),
    Record(Item("/c"), failure=Failure("read", "gone")),
]


def written(path, records, seal=None):
    """A report of these records, a part each."""
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, seal=seal)
        for record in records:
            writer.add([record])
            writer.close_part()
    return path


def test_totals_are_those_of_the_records(tmp_path):
    """All that a Tally counts, but what was skipped."""
    tally = Tally()
    for record in RECORDS:
        tally.add(record)

    assert totals(written(tmp_path / "report", RECORDS), {}, None) == tally
    assert totals(written(tmp_path / "empty", []), {}, None) == Tally()


def test_totals_of_an_encrypted_report_need_the_key(tmp_path):
    """They come from its rows."""
    keys = Keys.load(None, {VARIABLE: new_key()})
    sweep = {"run_id": str(uuid.uuid4()), "encrypted": keys.ids[0]}
    seal = partial(keys.writing, sealed_as(sweep))
    folder = written(tmp_path / "report", RECORDS, seal)

    assert totals(folder, sweep, keys).items == 3
    with pytest.raises(ReportError, match="is encrypted"):
        totals(folder, sweep, None)


def test_a_part_that_was_taken_away_is_noticed(tmp_path):
    """A report without its first or another of its parts is not read as if it were whole."""
    written(tmp_path / "report", RECORDS)
    paths = parts(tmp_path / "report", "files")
    check_gapless(paths)
    check_gapless([])

    for number in (0, 1):
        with pytest.raises(ReportError, match=rf"files/part-0000{number}\.parquet is missing"):
            check_gapless([*paths[:number], *paths[number + 1 :]])


@pytest.mark.parametrize("said", ["complete", "interrupted"])
def test_a_sweep_that_ended_says_so_itself(tmp_path, said):
    """Nothing else is looked at."""
    assert state_of(tmp_path / "none", {"state": said}) == said


def test_a_sweep_that_was_killed_is_told_from_one_at_work(tmp_path):
    """By the lock, which goes with the process; looking does not take it away."""
    folder = ReportFolder(tmp_path / "report")
    at_work = [state_of(tmp_path / "report", {"state": "running"}) for _ in range(2)]
    folder.close()

    assert at_work == ["running", "running"]
    assert state_of(tmp_path / "report", {"state": "running"}) == "killed"
    (tmp_path / "report/.lock").touch()
    assert state_of(tmp_path / "report", {"state": "running"}) == "killed"
    with ReportFolder(tmp_path / "report", resume=True):
        assert state_of(tmp_path / "report", {"state": "running"}) == "running"


@pytest.mark.parametrize("said", [None, 3, "done", ["complete"]])
def test_a_state_that_is_none_is_not_taken_for_complete(tmp_path, said):
    """Incomplete never looks clean."""
    assert state_of(tmp_path, {"state": said}) == "interrupted"

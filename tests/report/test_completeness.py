"""Reports without their end."""

import pytest

from hashsweep.errors import ReportError
from hashsweep.report import schema
from hashsweep.report.completeness import check_segments, state_of
from hashsweep.report.folder import ReportFolder

FACT = {"sha256": "00", "rows": 1, "bytes": 2}
FIRST, SECOND, THIRD = (f"part-0000{number}.parquet" for number in range(3))


def checked(state, files, matches, named=(), version=schema.VERSION):
    """Check a report with these parts, of which `sweep.json` names some (None: has no digests)."""
    parts = None if named is None else dict.fromkeys(named, FACT)
    sweep = {"report_version": version, "state": state, "parts": parts}
    check_segments("r", sweep, {"files": files, "matches": matches, "retractions": []})


@pytest.mark.parametrize("state", ["complete", "interrupted", "running", "?"])
@pytest.mark.parametrize("lost", [f"files/{SECOND}", f"matches/{FIRST}", f"matches/{SECOND}"])
def test_every_part_that_is_named_is_there(state, lost):
    """Whether the sweep came to its end, was stopped, or has gone on since."""
    names = [f"{table}/{name}" for table in ("files", "matches") for name in (FIRST, SECOND)]
    left = [name.partition("/") for name in names if name != lost]
    files, matches = (
        [name for of, _, name in left if of == table] for table in ("files", "matches")
    )
    checked(state, [FIRST, SECOND], [FIRST, SECOND], names)

    with pytest.raises(ReportError, match=f"^report r is damaged: {lost} is missing$"):
        checked(state, files, matches, names)


def test_a_sweep_that_ended_has_no_other_parts():
    """One that did not may have placed some since it last said which."""
    for state in ("running", "complete", "interrupted"):
        checked(state, [FIRST], [FIRST], [f"files/{FIRST}", f"matches/{FIRST}"])
    checked("running", [FIRST, SECOND], [FIRST, SECOND, THIRD], None)
    checked("running", [FIRST, SECOND], [FIRST, SECOND], [f"files/{FIRST}"])

    for state in ("complete", "interrupted"):
        with pytest.raises(ReportError, match=f"damaged: matches/{SECOND} does not belong to it"):
            checked(state, [FIRST], [FIRST, SECOND], [f"files/{FIRST}", f"matches/{FIRST}"])
        with pytest.raises(ReportError, match=r"its sweep\.json has no digests of its parts"):
            checked(state, [FIRST], [FIRST], None)


@pytest.mark.parametrize("state", ["complete", "interrupted", "running"])
@pytest.mark.parametrize("version", schema.READ)
def test_no_part_is_missing_between_others(state, version):
    """Also where nothing names them; and a complete report has one."""
    checked("running", [], [], None, version)
    for files in ([SECOND], [FIRST, THIRD]):
        with pytest.raises(ReportError, match=r"files/part-0000[01]\.parquet is missing"):
            checked(state, files, files, None, version)
    with pytest.raises(ReportError, match=f"files/{FIRST} is missing"):
        checked("complete", [], [], None, version)


@pytest.mark.parametrize("named", [None, [f"files/{FIRST}"], [f"files/{FIRST}", f"files/{SECOND}"]])
@pytest.mark.parametrize("state", ["complete", "interrupted", "running"])
def test_files_have_their_matches_beside_them(state, named):
    """Of a sweep that was killed nothing else tells that there were any; before, some had none."""
    with pytest.raises(ReportError, match=f"^report r is damaged: matches/{FIRST} is missing$"):
        checked(state, [FIRST, SECOND], [SECOND], named)
    checked("running", [FIRST, SECOND], [SECOND], named, 4)


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

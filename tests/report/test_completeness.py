"""Reports without their end."""

import pytest

from hashsweep.errors import ReportError
from hashsweep.report.completeness import check_segments, state_of
from hashsweep.report.folder import ReportFolder
from support.reports import sweep

DIGEST = {"sha256": "00" * 32, "rows": 1, "bytes": 2}
FIRST, SECOND, THIRD = (f"part-0000{number}.parquet" for number in range(3))


def checked(state, files, matches, named=()):
    """Check a report with these parts, of which `sweep.json` names some."""
    about = sweep(state=state, segments=dict.fromkeys(named, DIGEST))
    check_segments("r", about, {"files": files, "matches": matches, "retractions": []})


@pytest.mark.parametrize("state", ["complete", "interrupted", "running", "killed"])
@pytest.mark.parametrize("lost", [f"files/{SECOND}", f"matches/{FIRST}", f"matches/{SECOND}"])
def test_every_part_that_is_named_is_there(state, lost):
    """Whether the sweep finished, was stopped, or has gone on since."""
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
    checked("running", [FIRST, SECOND], [FIRST, SECOND, THIRD])
    checked("running", [FIRST, SECOND], [FIRST, SECOND], [f"files/{FIRST}"])

    for state in ("complete", "interrupted"):
        with pytest.raises(ReportError, match=f"damaged: matches/{SECOND} does not belong to it"):
            checked(state, [FIRST], [FIRST, SECOND], [f"files/{FIRST}", f"matches/{FIRST}"])
        with pytest.raises(ReportError, match=r"its sweep\.json has no digests of its segments"):
            checked(state, [FIRST], [FIRST])


@pytest.mark.parametrize("state", ["complete", "interrupted", "running"])
def test_no_part_is_missing_between_others(state):
    """Also where nothing names them; and a complete report has one."""
    checked("running", [], [])
    for files in ([SECOND], [FIRST, THIRD]):
        with pytest.raises(ReportError, match=r"files/part-0000[01]\.parquet is missing"):
            checked(state, files, files)
    with pytest.raises(ReportError, match=f"files/{FIRST} is missing"):
        checked("complete", [], [])


@pytest.mark.parametrize("named", [[], [f"files/{FIRST}"], [f"files/{FIRST}", f"files/{SECOND}"]])
@pytest.mark.parametrize("state", ["complete", "interrupted", "running"])
def test_files_have_their_matches_beside_them(state, named):
    """Of a sweep that was killed nothing else tells that there were any."""
    with pytest.raises(ReportError, match=f"^report r is damaged: matches/{FIRST} is missing$"):
        checked(state, [FIRST, SECOND], [SECOND], named)


@pytest.mark.parametrize("said", ["complete", "interrupted"])
def test_a_sweep_that_ended_says_so_itself(tmp_path, said):
    """Nothing else is looked at."""
    assert state_of(tmp_path / "none", sweep(state=said)) == said


def test_a_sweep_that_was_killed_is_told_from_one_at_work(tmp_path):
    """By the lock, which goes with the process; looking does not take it away."""
    folder = ReportFolder(tmp_path / "report")
    at_work = [state_of(tmp_path / "report", sweep(state="running")) for _ in range(2)]
    folder.close()

    assert at_work == ["running", "running"]
    assert state_of(tmp_path / "report", sweep(state="running")) == "killed"
    (tmp_path / "report/.lock").touch()
    assert state_of(tmp_path / "report", sweep(state="running")) == "killed"
    with ReportFolder(tmp_path / "report", resume=True):
        assert state_of(tmp_path / "report", sweep(state="running")) == "running"

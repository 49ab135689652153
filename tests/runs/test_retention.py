"""Which reports may go, and that nothing else does."""

import os
from pathlib import Path

import pytest

from hashsweep.errors import ReportError
from hashsweep.report.encryption import Keys, key_id
from hashsweep.report.keeping import note_export, set_hold
from hashsweep.runs.memory import Memory, remember
from hashsweep.runs.retention import Keep, plan_removal, remove_report
from support.rematch_info import rematch_info
from support.reports import KEY, match, record, write

PLAIN = [record("/srv/a.jpg", 1)]


def made(folder, day, records=PLAIN, month=3, **more):
    """Write the report of a day."""
    date = f"2026-{month:02d}-{day:02d}"
    times = {"started": f"{date}T02:00:00+00:00", "ended": f"{date}T03:00:00+00:00"}
    return write(folder / date, records, **{**times, "run_id": run_id(day, month), **more})


def run_id(day, month=3):
    """The run_id of the report of a day."""
    return f"00000000-0000-4000-8000-00000000{month:02d}{day:02d}"


def going(folder, daily=1, monthly=0, keys=None):
    """The names of the reports that may be removed."""
    found = plan_removal(folder, Keep(daily, monthly), keys)
    return [each.path.name for each in found if each.why_kept is None]


def test_the_newest_of_days_and_months_are_kept(tmp_path):
    """Days without a report do not count."""
    for month in (1, 2, 3):
        for day in (1, 9, 20):
            made(tmp_path, day, month=month)

    assert going(tmp_path, daily=2, monthly=2) == [
        "2026-01-01", "2026-01-09", "2026-01-20", "2026-02-01", "2026-02-09", "2026-03-01",
    ]  # fmt: skip
    assert (
        going(tmp_path, daily=0, monthly=0)
        == [  # all but the newest
            f"2026-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in (1, 9, 20)
        ][:-1]
    )


def test_evidence_is_kept_whatever_its_age(tmp_path):
    """A hold, an export, a match that nobody overturned, what news is counted from."""
    made(tmp_path, 1)
    set_hold(made(tmp_path, 2), "")
    note_export(made(tmp_path, 3), "matches")
    made(tmp_path, 4, [record("/srv/a.jpg", 1, match())])
    made(tmp_path, 5, [record("/srv/a.jpg", 1, match(decision="confirmed"))])
    made(tmp_path, 6, [record("/srv/a.jpg", 1, match(decision="overturned"))])
    made(tmp_path, 7)
    made(tmp_path, 8)
    remember(tmp_path, "nightly", Memory(told=run_id(7)))

    assert going(tmp_path) == ["2026-03-01", "2026-03-06"]


def test_the_newest_complete_one_of_each_sources_is_kept(tmp_path):
    """Also where a newer one is unfinished, or is of other sources."""
    made(tmp_path, 1)
    made(tmp_path, 2)
    made(tmp_path, 3, sources=["/other"])
    made(tmp_path, 4, state="interrupted")

    assert going(tmp_path) == ["2026-03-01"]


def test_what_a_report_is_based_on_is_kept_as_long_as_it(tmp_path):
    """The inputs of a rematch, and theirs; the baseline of what is unfinished, not of the rest."""
    for day in range(1, 5):
        made(tmp_path, day)
    based = rematch_info(made_of=[{"run_id": run_id(1)}])
    made(tmp_path, 5, **based)
    base = {"run_id": run_id(2), "report": "x"}
    made(tmp_path, 6, baseline=base, state="interrupted")
    made(tmp_path, 7, baseline={**base, "run_id": run_id(3)})

    assert going(tmp_path, daily=2) == ["2026-03-03", "2026-03-04"]


def test_what_cannot_be_read_is_kept(tmp_path):
    """Damaged ones, and unfinished ones whose matches cannot be counted without a key."""
    keys = Keys({key_id(bytes.fromhex(KEY)): bytes.fromhex(KEY)})
    made(tmp_path, 1)
    next((tmp_path / "2026-03-01/files").iterdir()).unlink()
    sealed = [record("/srv/a.jpg", 1)]
    made(tmp_path, 2, sealed, keys=keys, state="interrupted")
    made(tmp_path, 3)

    assert going(tmp_path) == []
    assert going(tmp_path, keys=keys) == ["2026-03-02"]


def test_matches_of_a_killed_sweep_are_counted_from_its_rows(tmp_path):
    """Its sweep.json does not know them."""
    path = made(tmp_path, 1, [record("/srv/a.jpg", 1, match())], state="running", ended=None)
    made(tmp_path, 2)
    text = (path / "sweep.json").read_text().replace('"matches": 1', '"matches": 0')
    (path / "sweep.json").write_text(text)

    assert going(tmp_path) == []


def test_a_report_is_removed_and_nothing_beside_it(tmp_path):
    """Also what a kill left of an earlier removal."""
    path, other = made(tmp_path, 1), made(tmp_path, 2)
    (tmp_path / ".removed-old-0123").mkdir()
    (tmp_path / ".removed-old-0123/sweep.json").touch()
    before = sorted(other.rglob("*"))
    remove_report(path)

    assert os.listdir(tmp_path) == [other.name]
    assert sorted(other.rglob("*")) == before


@pytest.mark.parametrize("stray", ["photo.jpg", "files/photo.jpg", "matches/part-1/photo.jpg"])
def test_what_is_no_part_of_a_report_is_never_removed(tmp_path, stray):
    """The report stays as well."""
    path = made(tmp_path, 1)
    (path / stray).parent.mkdir(exist_ok=True)
    (path / stray).touch()
    with pytest.raises(ReportError, match=r"something other than a report|is not its own"):
        remove_report(path)

    assert (path / stray).exists()
    assert (path / "sweep.json").exists()


def test_what_got_a_hold_meanwhile_is_not_removed(tmp_path):
    """The last look is under the lock."""
    path = made(tmp_path, 1)
    set_hold(path, "")
    with pytest.raises(ReportError, match="has a hold"):
        remove_report(path)

    assert Path(path / "sweep.json").exists()

"""`hashsweep report prune` through the real command."""

from support.reports import match, record, write


def made(folder, day, *matches):
    """The report of a day."""
    date = f"2026-03-{day:02d}"
    times = {"started": f"{date}T02:00:00+00:00", "ended": f"{date}T03:00:00+00:00"}
    return write(folder / date, [record("/srv/a.jpg", 1, *matches)], **times)


def test_nothing_is_removed_without_yes(report, tmp_path):
    """What would be is named, and so is why others stay; then it is done."""
    nights = tmp_path / "nights"
    for day in (1, 2, 4):
        made(nights, day)
    made(nights, 3, match())
    words = "prune", "nights", "--keep-daily", "1"
    asked = report(*words)
    there = sorted(path.name for path in nights.iterdir())
    done = report(*words, "--yes")
    again = report(*words)

    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout == (
        "remove  2026-03-01\n"
        "remove  2026-03-02\n"
        "keep    2026-03-03: it has matches that are undecided or confirmed\n"
        "keep    2026-03-04: it is the newest complete report of its sources\n"
        "2 of 4 reports would be removed; nothing was. Add --yes to remove them.\n"
    )
    assert len(there) == 4
    assert done.stdout.splitlines()[::2] == [
        "removed 2026-03-01",
        "keep    2026-03-03: it has matches that are undecided or confirmed",
        "2 of 4 reports removed",
    ]
    assert sorted(path.name for path in nights.iterdir()) == there[2:]
    assert again.stdout.endswith("0 of 2 reports would be removed\n")


def test_what_is_kept_has_to_be_said(report, tmp_path):
    """Or a slip would remove all of it."""
    made(tmp_path / "nights", 1)
    without, none = report("prune", "nights", "--yes"), report("prune", "none", "--keep-daily", "1")

    assert (without.returncode, none.returncode) == (2, 2)
    assert "--keep-daily NUMBER, --keep-monthly NUMBER or both" in without.stderr
    assert none.stderr == "hashsweep: none is not a folder\n"


def test_what_cannot_be_removed_is_told(report, tmp_path):
    """It stays whole."""
    made(tmp_path / "nights", 1)
    made(tmp_path / "nights", 2)
    (tmp_path / "nights/2026-03-01/photo.jpg").touch()
    done = report("prune", "nights", "--keep-daily", "1", "--yes")

    assert done.returncode == 2
    assert "holds something other than a report" in done.stderr
    assert (tmp_path / "nights/2026-03-01/sweep.json").exists()

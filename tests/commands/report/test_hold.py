"""`hashsweep report hold` through the real command."""

import json

from support.reports import record, write


def test_a_report_with_a_hold_is_not_removed(report, tmp_path):
    """Until it is lifted."""
    for day in (1, 2):
        date = f"2026-03-0{day}T02:00:00+00:00"
        write(tmp_path / f"nights/{day}", [record("/a", 1)], started=date, ended=date)
    held = report("hold", "nights/1", "--reason", "request 26-1182")
    prune = "prune", "nights", "--keep-daily", "1", "--yes"
    kept = report(*prune)
    told = json.loads((tmp_path / "nights/1/hold.json").read_text())
    twice = report("hold", "nights/1")
    lifted = report("hold", "nights/1", "--release")
    report(*prune)

    assert (held.returncode, held.stdout) == (0, "nights/1 has a hold: it is not removed\n")
    assert "keep    1: it has a hold\n" in kept.stdout
    assert told["reason"] == "request 26-1182"
    assert (twice.returncode, "already exists" in twice.stderr) == (2, True)
    assert lifted.stdout == "nights/1 has no hold any more\n"
    assert [path.name for path in (tmp_path / "nights").iterdir()] == ["2"]


def test_what_makes_no_sense_is_told(report, tmp_path):
    """A folder that is no report, a hold that is not there, a reason for lifting one."""
    write(tmp_path / "one", [record("/a", 1)])
    (tmp_path / "empty").mkdir()
    answers = [
        report("hold", *words.split())
        for words in ("empty", "one --release", "one --release --reason x")
    ]

    assert [each.returncode for each in answers] == [2, 2, 2]
    assert "is not a report" in answers[0].stderr
    assert answers[1].stderr == "hashsweep: report one has no hold\n"
    assert "--reason is about a new hold" in answers[2].stderr

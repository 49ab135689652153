"""`scan --dry-run` through the real command."""

import json


def test_it_says_what_would_be_done_and_does_nothing(hashsweep_process, media, known, tmp_path):
    """No report, exit status 0, the time in the last line."""
    done = hashsweep_process("scan", media, "--list", known, "--dry-run")

    assert (done.returncode, done.stderr) == (0, "")
    assert " to be read  4 " in done.stdout
    assert ".jpg  3" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("About 0.")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["known.csv", "media"]


def test_as_json(hashsweep, media, known):
    """For programs that plan sweeps."""
    done = hashsweep("scan", media, "--list", known, "--dry-run", "--json", "--engine", "serial")
    told = json.loads(done.stdout)

    assert (told["items"], told["read"], told["failed"]) == (4, 4, {})
    assert told["formats"] == {".jpg": 3, ".txt": 1}


def test_nothing_to_read(hashsweep, known, tmp_path):
    """An empty folder says so."""
    (tmp_path / "nothing").mkdir()
    done = hashsweep("scan", "nothing", "--list", known, "--dry-run")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nothing would be read.")


def test_a_sweep_needs_a_report(hashsweep, media, known):
    """Only a dry run has none."""
    done = hashsweep("scan", media, "--list", known)

    assert done.returncode == 2
    assert "Missing option '-o'" in done.stderr

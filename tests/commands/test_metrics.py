"""`hashsweep scan --metrics FILE` through the real command."""

import json
import os
import signal
import stat
import subprocess
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.commands import COMMAND


def read(path):
    """Return each value by metric and labels, without the label of the sweep."""
    return {
        (sample.name, *(v for k, v in sample.labels.items() if k != "sweep")): sample.value
        for family in text_string_to_metric_families(path.read_text())
        for sample in family.samples
    }


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def waiting(media, known, tmp_path):
    """A sweep that has scanned what its list of paths named so far, and waits for more."""
    os.mkfifo(tmp_path / "paths")
    (tmp_path / "metrics").mkdir()
    process = subprocess.Popen(
        [*COMMAND, "scan", "--files-from", "paths", "--list", known, "-o", "report",
         "--metrics", "metrics/nightly.prom"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with open(tmp_path / "paths", "w") as paths:
        until((tmp_path / "metrics/nightly.prom").exists)
        yield process, paths
    process.kill()
    process.communicate()


def test_the_file_says_what_the_report_says(hashsweep, media, known, tmp_path):
    """All may read it, and nothing else is left beside it."""
    (media / "cut.jpg").write_bytes((media / "2.jpg").read_bytes()[:-200])
    path = tmp_path / "metrics" / "nightly.prom"
    path.parent.mkdir()
    done = hashsweep("scan", media, "--list", known, "-o", "report", "--metrics", path, "-q")
    about = json.loads((tmp_path / "report/sweep.json").read_text())
    found = read(path)

    assert (done.returncode, done.stderr) == (5, "")
    assert found["hashsweep_sweep_exit_status",] == 5
    assert found["hashsweep_sweep_items",] == about["tally"]["items"] == 5
    assert found["hashsweep_sweep_list_matches", "known"] == 1
    assert found["hashsweep_sweep_failures", "decode", "truncated"] == 1
    assert found["hashsweep_sweep_running",] == 0
    assert found["hashsweep_list_entries", "known"] == 1
    assert 0 <= found["hashsweep_list_age_seconds", "known"] < 3600
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in path.parent.iterdir()] == ["nightly.prom"]
    assert str(media) not in path.read_text()


def test_it_says_that_a_sweep_runs(waiting, tmp_path):
    """From the beginning, so that the verdict of the sweep before cannot be taken for it."""
    process, paths = waiting
    path = tmp_path / "metrics" / "nightly.prom"
    running = read(path)
    paths.close()
    process.communicate(timeout=60)

    assert running["hashsweep_sweep_running",] == 1
    assert ("hashsweep_sweep_exit_status",) not in running
    assert read(path)["hashsweep_sweep_exit_status",] == process.returncode


def test_it_says_that_a_sweep_was_stopped(waiting, tmp_path):
    process, _ = waiting
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    found = read(tmp_path / "metrics" / "nightly.prom")

    assert found["hashsweep_sweep_exit_status",] == process.returncode == 130
    assert (found["hashsweep_sweep_running",], found["hashsweep_sweep_incomplete",]) == (0, 1)


def test_a_file_that_cannot_be_written_in_the_end_is_told(waiting, tmp_path):
    """After the summary, for the report is whole; the status says that not all is well."""
    process, paths = waiting
    (tmp_path / "metrics/nightly.prom").unlink()
    (tmp_path / "metrics").rmdir()
    paths.write(f"{tmp_path / 'media/1.jpg'}\n")
    paths.close()
    out, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "1 of 1 file matches" in out
    assert err == "hashsweep: metrics file metrics/nightly.prom: No such file or directory\n"
    assert json.loads((tmp_path / "report/sweep.json").read_text())["state"] == "complete"


def test_a_finished_report_that_is_asked_for_again_is_told_again(hashsweep, media, known, tmp_path):
    """A timer that says --resume finds a finished report, and its metrics are those."""
    words = ("scan", media, "--list", known, "-o", "report", "--resume", "--metrics", "a.prom")
    hashsweep(*words)
    first = (tmp_path / "a.prom").read_text()
    (tmp_path / "a.prom").unlink()
    done = hashsweep(*words)

    assert done.returncode == 1
    assert (tmp_path / "a.prom").read_text() == first


def test_a_file_that_nobody_would_read_is_refused(hashsweep, media, tmp_path):
    """The textfile collector passes over other names without a word: nothing is swept."""
    done = hashsweep("scan", media, "--hash", "md5", "-o", "report", "--metrics", "a.txt")

    assert done.returncode == 2
    assert "a.txt: the node exporter reads only files that end in .prom" in done.stderr
    assert not (tmp_path / "report").exists()


def test_a_place_that_cannot_be_written_to_is_refused_before_the_sweep(hashsweep, media, tmp_path):
    done = hashsweep(
        "scan", media, "--hash", "md5", "-o", "report", "--metrics", "none/nightly.prom"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hashsweep: metrics file none/nightly.prom: No such file or directory\n"
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("option", "name", "why"),
    [
        (
            "--metrics",
            "known.prom",
            "metrics file known.prom exists and holds no hashsweep metrics",
        ),
        ("--log-file", "known.csv", "log file known.csv exists and is not a hashsweep log"),
    ],
)
def test_the_list_in_use_is_not_written_to(hashsweep, media, known, option, name, why):  # noqa: PLR0917
    """Nor anything else that no sweep has written; it is refused before the sweep."""
    listed = known.rename(known.with_name(name))
    before = listed.read_bytes()
    done = hashsweep("scan", media, "--list", f"csv:{name}", "-o", "report", option, name)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"hashsweep: {why}: choose another name"
    assert listed.read_bytes() == before
    assert not (known.parent / "report").exists()

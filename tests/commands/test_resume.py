"""`scan --resume` and `--baseline` as people and timers use them."""

import json
import os
import shutil
import signal
import subprocess
import time

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND

SCAN = ("scan", "media", "--list", "known.csv", "-o", "report", "--resume")


def rows(folder, table="files"):
    """All rows, sorted."""
    return sorted(pq.read_table(folder / table).to_pylist(), key=repr)


def test_resume_begins_what_was_never_begun(hashsweep, media, known, tmp_path):
    """A missing folder and an empty one, so that a timer can always say it."""
    (tmp_path / "report").mkdir()
    done = hashsweep(*SCAN)

    assert (done.returncode, done.stderr) == (1, "")
    assert "1 of 4 files matches" in done.stdout


def test_resume_leaves_a_finished_report_alone(hashsweep, media, known, tmp_path):
    """It says again what was found, with the same status."""
    first = hashsweep(*SCAN)
    before = (tmp_path / "report/sweep.json").read_bytes()
    (media / "new").write_text("never read")
    again = hashsweep(*SCAN)

    assert (again.returncode, again.stdout) == (first.returncode, first.stdout)
    assert (tmp_path / "report/sweep.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--exact",), "cannot resume report: --exact changed since"),
        (("--list", "known2.csv"), "cannot resume report: list known2 changed since"),
        (("known.csv",), "cannot resume report: the SOURCEs changed since"),
    ],
)
@pytest.mark.usefixtures("media")
def test_another_question_is_refused(hashsweep, known, tmp_path, words, told):
    """In one line that names what is other, and nothing is touched."""
    (tmp_path / "known2.csv").write_text(known.read_text())
    hashsweep(*SCAN)
    before = (tmp_path / "report/sweep.json").read_bytes()
    done = hashsweep(*SCAN, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "report/sweep.json").read_bytes() == before


@pytest.mark.usefixtures("media")
def test_or_new_starts_a_new_report_only_if_the_question_changed(hashsweep, known, tmp_path):
    """The old report stays as it is, and its hashes, or those of --baseline, are reused."""
    hashsweep(*SCAN)
    before = (tmp_path / "report/sweep.json").read_bytes()
    same = hashsweep(*SCAN, "--or-new", "next")
    exists = (tmp_path / "next").exists()
    (tmp_path / "known2.csv").write_text(known.read_text())
    changed = hashsweep(*SCAN, "--list", "known2.csv", "--or-new", "next")
    again = hashsweep(*SCAN, "--list", "known2.csv", "--or-new", "next")
    info = json.loads((tmp_path / "next/sweep.json").read_text())
    hashsweep(*SCAN, "--exact", "--or-new", "third", "--baseline", "next")
    third = json.loads((tmp_path / "third/sweep.json").read_text())

    assert (same.returncode, changed.returncode, again.returncode, exists) == (1, 1, 1, False)
    assert (changed.stderr, changed.stdout.splitlines()[-1]) == ("", "Report: next")
    assert again.stdout.splitlines()[-1] == "Report: next"
    assert (tmp_path / "report/sweep.json").read_bytes() == before
    assert (info["state"], info["baseline"]["report"]) == ("complete", "report")
    assert [each["name"] for each in info["lists"]] == ["known", "known2"]
    assert third["baseline"]["report"] == "next"


def test_or_new_reads_a_piped_list_only_once(hashsweep, media, known, tmp_path):
    """The new report is matched against the list that was read for the old one."""
    hashsweep(*SCAN)
    piped = ("scan", media, "--list", "-", "-o", "report", "--resume", "--or-new", "next")
    with known.open() as stdin:
        done = hashsweep(*piped, stdin=stdin)

    assert done.returncode == 1
    assert "1 of 4 files matches" in done.stdout


@pytest.mark.usefixtures("media", "known")
def test_or_new_needs_resume(hashsweep, tmp_path):
    """Without it nothing is written."""
    done = hashsweep(*SCAN[:-1], "--or-new", "next")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--or-new needs --resume" in done.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("other.txt", "x", "holds something other than a report"),
        ("sweep.json", "{", "sweep.json is damaged"),
    ],
)
@pytest.mark.usefixtures("media", "known")
def test_what_is_no_report_is_refused(hashsweep, tmp_path, name, text, told):
    """Nothing is written to a folder of something else."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / name).write_text(text)
    done = hashsweep(*SCAN)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert [path.name for path in (tmp_path / "report").iterdir()] == [name]


@pytest.mark.parametrize("state", ["complete", "interrupted"])
@pytest.mark.parametrize("lost", ["files/part-00003.parquet", "matches/part-00000.parquet"])
@pytest.mark.usefixtures("media", "known")
def test_a_report_that_lost_a_part_is_gone_on_with_by_nobody(hashsweep, tmp_path, state, lost):
    """Neither by --resume nor as a --baseline; what is left of it stays as it is."""
    assert hashsweep(*SCAN, "--segment-rows", "1").returncode == 1
    file = tmp_path / "report/sweep.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"state": state}))
    (tmp_path / "report" / lost).unlink()
    left = sorted((tmp_path / "report").rglob("*"))
    for words in (SCAN, (*SCAN[:-3], "-o", "next", "--baseline", "report")):
        done = hashsweep(*words)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"hashsweep: report report is damaged: {lost} is missing\n"
    assert sorted((tmp_path / "report").rglob("*")) == left


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.usefixtures("media", "known")
def test_a_killed_sweep_whose_matches_are_lost_is_not_gone_on_with(hashsweep, tmp_path, number):
    """It would end clean: whether the part had any is not known."""
    assert hashsweep(*SCAN, "--segment-rows", "1").returncode == 1
    file = tmp_path / "report/sweep.json"
    killed = json.loads(file.read_text()) | {"state": "running"}
    killed["segments"] = {}
    file.write_text(json.dumps(killed))
    (tmp_path / f"report/matches/part-0000{number}.parquet").unlink()
    for words in (SCAN, ("report", "show", "report"), ("report", "summary", "report")):
        done = hashsweep(*words)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"damaged: matches/part-0000{number}.parquet is missing\n")


@pytest.mark.usefixtures("media", "known")
def test_a_killed_sweep_whose_matches_were_exchanged_is_not_gone_on_with(hashsweep, tmp_path):
    """Those of another sweep of the same files would vouch for what this one has not found."""
    hashsweep(*SCAN, "--segment-rows", "1")
    hashsweep(*SCAN[:-3], "-o", "other", "--segment-rows", "1")
    file = tmp_path / "report/sweep.json"
    killed = json.loads(file.read_text()) | {"state": "running"}
    killed["segments"] = {}
    file.write_text(json.dumps(killed))
    for part in (tmp_path / "other/matches").iterdir():
        shutil.copy(part, tmp_path / "report/matches")
    for words in (SCAN, ("report", "show", "report"), ("report", "summary", "report")):
        done = hashsweep(*words)

        assert (done.returncode, done.stdout) == (2, "")
        assert "part-00000.parquet does not belong there" in done.stderr


@pytest.fixture
def many(tmp_path, media):
    """Three thousand files more."""
    for number in range(3000):
        (media / f"{number}.txt").write_text(str(number))
    return media


def begun(folder, *words):
    """A sweep that has placed a part."""
    process = subprocess.Popen(
        [*COMMAND, *SCAN, "--segment-rows", "50", "-q", *words], cwd=folder,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (folder / "report/files/part-00000.parquet").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_sweep_that_was_stopped_goes_on(hashsweep_process, many, known, tmp_path, number):
    """By Ctrl-C, a service manager or the kernel; other workers and time-outs are fine."""
    process = begun(tmp_path)
    process.send_signal(number)
    process.communicate(timeout=60)
    done = hashsweep_process(*SCAN, "-j", "1", "--timeout", "77", "--json")
    about = json.loads(done.stdout)
    plain = hashsweep_process(*SCAN[:-3], "-o", "plain", "-q")

    assert (done.returncode, plain.returncode, done.stderr) == (1, 1, "")
    assert len(rows(tmp_path / "report")) == 3004
    assert rows(tmp_path / "report") == rows(tmp_path / "plain")
    assert rows(tmp_path / "report", "matches") == rows(tmp_path / "plain", "matches")
    assert [run["options"]["timeout"] for run in about["runs"]] == [60.0, 77.0]
    assert (about["state"], about["tally"]["items"]) == ("complete", 3004)
    assert about["runs"][1]["items"] < 3004


def test_two_sweeps_do_not_write_to_one_report(hashsweep, many, known, tmp_path):
    """The second is refused while the first runs, and the first does not notice."""
    process = begun(tmp_path)
    process.send_signal(signal.SIGSTOP)
    done = hashsweep(*SCAN)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hashsweep: report: another sweep is writing to this report\n"
    assert (process.returncode, err) == (1, "")
    assert len(rows(tmp_path / "report")) == 3004


def test_an_emptied_source_is_not_taken_for_deleted(hashsweep, media, known, tmp_path):
    """A disk that is gone leaves an empty folder: an error, with a baseline and on going on."""
    for path in media.iterdir():
        os.utime(path, (1e9, 1e9))
    hashsweep(*SCAN)
    media.rename(tmp_path / "away")
    (tmp_path / "media").mkdir()
    done = hashsweep(*SCAN[:-3], "-o", "next", "--baseline", "report")
    (tmp_path / "media").rmdir()
    missing = hashsweep(*SCAN[:-3], "-o", "third", "--baseline", "report")
    (tmp_path / "away").rename(media)
    back = hashsweep(*SCAN[:-3], "-o", "next", "--baseline", "report", "--resume")

    assert (done.returncode, done.stdout) == (2, "")
    assert "media is empty but was not in the earlier report: is its disk mounted?" in done.stderr
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert back.returncode == 1
    assert "carried over" in back.stdout


def test_files_that_are_gone_are_told(hashsweep, media, known, tmp_path):
    """One by one they may well have been deleted, and the summary counts them."""
    hashsweep(*SCAN)
    (media / "3.jpg").unlink()
    done = hashsweep(*SCAN[:-3], "-o", "next", "--baseline", "report")

    assert done.returncode == 1
    assert "no longer there 1 of the baseline's 4 items" in " ".join(done.stdout.split())


def test_a_disk_that_is_mounted_no_more_is_an_error(hashsweep, media, known, tmp_path):
    """Its mount point below the source is an ordinary folder now."""
    (media / "disk").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "tmpfs", media / "disk"], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(
            "this system lets nobody mount a disk here"
        )  # tests/sources/test_mounts.py does
    try:
        (media / "disk/inner.txt").write_text("on the disk")
        first = hashsweep(*SCAN)
    finally:
        subprocess.run(["umount", media / "disk"], check=True)
    done = hashsweep(*SCAN[:-3], "-o", "next", "--baseline", "report")

    assert first.returncode == 1
    assert (done.returncode, done.stdout) == (2, "")
    assert "media/disk was a mounted disk in the earlier report but is not one now" in done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 kB, and a function that makes it large."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=256k"]
    mounted = subprocess.run(["mount", *options, "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this system lets nobody mount a disk here")

    def enlarge():
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)

    yield disk, enlarge
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_costs_nothing_but_time(hashsweep_process, many, known, tmp_path, small_disk):
    """One clear line, whole parts, no draft; with room made, the sweep goes on to the same rows."""
    disk, enlarge = small_disk
    words = (*SCAN[:-3], "-o", disk / "report", "--resume", "--segment-rows", "100")
    full = hashsweep_process(*words)
    parts = list((disk / "report").rglob("part-*.parquet"))
    whole = sum(pq.read_table(part).num_rows for part in parts if part.parent.name == "files")
    drafts = list((disk / "report").rglob(".*.tmp"))
    again = hashsweep_process(*words)
    enlarge()
    done = hashsweep_process(*words)
    hashsweep_process(*SCAN[:-3], "-o", "plain", "-q")

    for each in (full, again):
        assert (each.returncode, each.stdout) == (2, "")
        assert "No space left on device" in each.stderr
        assert each.stderr.count("\n") == 1
    assert 0 < whole < 3004
    assert drafts == []
    assert done.returncode == 1
    assert rows(disk / "report") == rows(tmp_path / "plain")
    assert rows(disk / "report", "matches") == rows(tmp_path / "plain", "matches")

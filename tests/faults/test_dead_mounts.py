"""Disks that stop answering under a sweep: real mounts, of which one is neither read nor killed."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support import dead_mount
from support.commands import COMMAND
from support.proc import descendants

SCAN = ("scan", "mnt", "ok", "--hash", "md5", "-o", "report", "-q", "-j", "2", "--timeout", "1")


@pytest.fixture
def here(tmp_path):
    """Folders `ok` with a file, and `mnt` for a disk."""
    for name in ("ok", "mnt"):
        (tmp_path / name).mkdir()
    (tmp_path / "ok/fine.txt").write_text("fine")
    return tmp_path


@contextmanager
def dead(folder, kind):
    """A disk that has just stopped answering."""
    try:
        with dead_mount.mounted(folder, kind) as hang:
            assert sorted(os.listdir(folder)) == [*dead_mount.FILES, "sub"]
            hang()
            yield
    except OSError as error:
        pytest.skip(f"this system lets nobody mount a disk here: {error}")


def rows(report):
    """(path below the working directory, stage and reason), sorted."""
    found = pq.read_table(report / "files").to_pylist()
    there = report.parent
    return sorted(
        (
            os.path.relpath(row["uri"], there),
            *((each["stage"], each["reason"]) for each in row["reasons"]),
        )
        for row in found
    )


@pytest.mark.parametrize("kind", ["unread", "all"])
def test_a_dead_source_is_one_failed_row_and_the_others_are_swept(hashsweep_process, here, kind):
    """Also where whoever asks cannot be killed, which one line tells."""
    with dead(here / "mnt", kind):
        done = hashsweep_process(*SCAN)

    assert rows(here / "report") == [("mnt", ("list", "timeout")), ("ok/fine.txt",)]
    assert done.returncode == 4
    assert done.stderr.count("\n") == (kind == "all")
    assert ("this process cannot be ended" in done.stderr) == (kind == "all")


def test_a_dead_disk_below_a_source_costs_its_folder(hashsweep_process, here):
    """What lies around it is swept, and a later sweep may compare with that report."""
    (here / "mnt").rename(here / "ok/mnt")
    (here / "ok/z.txt").write_text("last")
    with dead(here / "ok/mnt", "unread"):
        done = hashsweep_process("scan", "ok", *SCAN[3:])
        again = hashsweep_process(
            "scan", "ok", *SCAN[3:-6], "next", *SCAN[-5:], "--baseline", "report"
        )

    for report in ("report", "next"):
        assert rows(here / report) == [
            ("ok/fine.txt",), ("ok/mnt", ("list", "timeout")), ("ok/z.txt",),
        ]  # fmt: skip
    assert (done.returncode, again.returncode) == (4, 4)


@pytest.mark.parametrize("option", ["--files-from", "--manifest"])
def test_paths_on_a_dead_disk_are_failed_rows(hashsweep_process, here, option):
    """Those of a list, too; after two of them nothing more is asked of that disk."""
    names = [f"mnt/{name}" for name in (*dead_mount.FILES, "sub/a.txt", "sub/b.txt")]
    (here / "list").write_text("\n".join(["ok/fine.txt", *names]))
    with dead(here / "mnt", "unread"):
        done = hashsweep_process("scan", option, "list", *SCAN[3:])

    failed = [(name, ("list", "timeout")) for name in sorted(names)]
    assert rows(here / "report") == [*failed, ("ok/fine.txt",)]
    assert done.returncode == 4


def test_files_that_cannot_be_read_are_failed_rows_though_their_workers_live_on(
    hashsweep_process, here
):
    """The disk lists them and gives no bytes; the workers cannot be killed, which a line tells."""
    with dead(here / "mnt", "reading"):
        done = hashsweep_process(*SCAN, "--exclude", "sub/*")

    failed = [(f"mnt/{name}", ("work", "timeout")) for name in dead_mount.FILES]
    assert rows(here / "report") == [*failed, ("ok/fine.txt",)]
    assert done.returncode == 4
    assert done.stderr.startswith("hashsweep: a disk gives no answer, so these processes cannot be")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["unread", "all", "reading"])
def test_a_signal_ends_a_sweep_that_waits_for_a_dead_disk(here, kind):
    """With its own status, in seconds, and without a word of our inner life."""
    with dead(here / "mnt", kind):
        process = subprocess.Popen(
            [*COMMAND, *SCAN[:-1], "3600"], cwd=here, stderr=subprocess.PIPE, text=True
        )
        until = time.monotonic() + 60
        while not waits(process.pid):
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in err


def waits(pid):
    """Whether a process below this one waits for the disk."""
    for each in descendants(pid):
        try:
            if Path(f"/proc/{each}/wchan").read_text() == "request_wait_answer":
                return True
        except OSError:
            continue
    return False

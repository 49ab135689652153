"""What kills the command and all its processes at one file: --resume comes to an end and names it.

As a container's memory limit with an OOM group, a watchdog or a reset does. Nobody is left to blame
the file; what was in hand is in the report folder.
"""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND
from support.faulty_hashers import MARK
from support.first_reason import reason_of
from support.proc import descendants
from support.thoroughness import some

FILES = 300


@pytest.fixture
def sweep(tmp_path, plugged):
    """Run the sweep with --resume in a session of its own until it ends by itself; its deaths."""

    def run(*words, most=12):
        scan = ("scan", "media", "--hash", "trap", "-o", "report", "--resume", "-q", *words)
        for deaths in range(most):
            done = subprocess.run(
                [*COMMAND, *scan], cwd=tmp_path, env=plugged, start_new_session=True, check=False,
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120,
            )  # fmt: skip
            if done.returncode != -signal.SIGKILL:
                return deaths, done
        raise AssertionError("it starts again and again")

    return run


def plant(folder, traps):
    """Harmless files, and traps among them."""
    folder.mkdir()
    for number in range(FILES):
        content = MARK + b"kills all" if number in traps else f"text {number}".encode()
        (folder / f"{number:03}.txt").write_bytes(content)


def by_name(report):
    """The rows by the number that is the file's name; each comes once."""
    found = pq.read_table(report / "files").to_pylist()
    named = {int(row["uri"].rpartition("/")[2][:3]): row for row in found}
    assert len(named) == len(found)
    return named


@pytest.mark.parametrize(
    ("trap", "workers"), some([(0, "2"), (137, "1"), (FILES - 1, "2")], {(0, "2")})
)
def test_the_file_is_named_and_all_others_are_scanned(sweep, tmp_path, trap, workers):
    """After three deaths, of which the first may have had others in hand as well."""
    plant(tmp_path / "media", {trap})
    deaths, done = sweep("-j", workers)
    rows = by_name(tmp_path / "report")

    assert rows.keys() == set(range(FILES))
    assert [number for number, row in rows.items() if row["status"] == "failed"] == [trap]
    assert reason_of(rows[trap]) == "sweep-killed"
    assert "killed 3 times" in rows[trap]["reasons"][0]["detail"]
    assert (deaths, done.returncode, done.stderr) == (3, 4, "")
    assert not (tmp_path / "report/in-hand").exists()


@pytest.mark.exhaustive
def test_several_such_files_are_all_named(sweep, tmp_path):
    """Each death makes progress, wherever they are."""
    traps = {3, 4, 250}
    plant(tmp_path / "media", traps)
    deaths, done = sweep("-j", "2", most=40)
    rows = by_name(tmp_path / "report")

    assert {number for number, row in rows.items() if row["status"] == "failed"} == traps
    assert {reason_of(rows[trap]) for trap in traps} == {"sweep-killed"}
    assert done.returncode == 4
    assert deaths <= 3 * len(traps)


def test_what_was_done_before_the_file_is_kept(sweep, tmp_path):
    """By the second start, with segments as they are by default: only the suspects are left."""
    plant(tmp_path / "media", {137})
    with pytest.raises(AssertionError, match="again and again"):
        sweep("-j", "1", most=2)
    rows = by_name(tmp_path / "report")

    assert len(rows) >= FILES - 2 * 32 - 1
    assert 137 not in rows


def test_a_stop_by_a_signal_is_no_death(sweep, tmp_path, plugged):
    """Only a run that could not write its end counts; suspects stay suspects."""
    plant(tmp_path / "media", {5})
    with pytest.raises(AssertionError, match="again and again"):
        sweep("-j", "1", most=2)
    (tmp_path / "media/zzz.txt").write_bytes(MARK + b"sleeps")
    process = subprocess.Popen(
        [*COMMAND, "scan", "media", "--hash", "trap", "-o", "report", "--resume", "-q", "-j", "1"],
        cwd=tmp_path, env=plugged, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not is_open(tmp_path / "media/zzz.txt", process.pid):
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    stopped = process.wait(60)
    (tmp_path / "media/zzz.txt").unlink()
    deaths, done = sweep("-j", "1")

    assert (stopped, deaths, done.returncode) == (130, 1, 4)
    assert reason_of(by_name(tmp_path / "report")[5]) == "sweep-killed"


def is_open(path, pid):
    """Whether a process below this one has the file open."""
    for each in descendants(pid):
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{each}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if descriptor.readlink() == path:
                        return True
    return False

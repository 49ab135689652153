"""Stopping a sweep: Ctrl-C, the service manager and a lost connection."""

import json
import os
import signal
import subprocess
import time

import pyarrow.parquet as pq
import pytest

from support.commands import COMMAND
from support.drawings import scene
from support.proc import descendants


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A folder that takes minutes: 5,000 names of a large picture. It is only read."""
    folder = tmp_path_factory.mktemp("slow")
    scene(1, 1600, 1200).save(folder / "0.png")
    for number in range(1, 5000):
        (folder / f"{number}.png").hardlink_to(folder / "0.png")
    return folder


STOPS = {"sigterm": signal.SIGTERM, "sighup": signal.SIGHUP}


def start(tmp_path, *arguments):
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )  # fmt: skip


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pids):
    """Those of the processes that have not ended."""
    return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]


@pytest.mark.parametrize("send", ["ctrl-c", "sigterm", "sigterm to all", "sighup", "sighup to all"])
@pytest.mark.parametrize("pause", [0.0, pytest.param(1.5, marks=pytest.mark.exhaustive)])
def test_a_stopped_sweep_leaves_a_report_and_no_process(slow, tmp_path, send, pause):
    """Exit 130, one line, state `interrupted`, no worker, no temporary file."""
    (tmp_path / "tmp").mkdir()
    process = start(tmp_path, "scan", slow, "--hash", "pdq", "-j", "2", "-o", "report")
    until((tmp_path / "report/sweep.json").exists)
    # what asks the disks, fork server, two workers:
    until(lambda: len(descendants(process.pid)) == 4)
    time.sleep(pause)
    others = descendants(process.pid)
    if send == "ctrl-c":
        os.killpg(process.pid, signal.SIGINT)
    elif send in ("sigterm", "sighup"):
        process.send_signal(STOPS[send])
    else:
        os.killpg(process.pid, STOPS[send.removesuffix(" to all")])
    out, err = process.communicate(timeout=60)
    told = json.loads((tmp_path / "report/sweep.json").read_text())
    rows = pq.read_table(tmp_path / "report/files").num_rows

    assert (process.returncode, out) == (130, "")
    held = f"report holds the {rows:,} items scanned so far (--resume continues)"
    assert err == f"hashsweep: stopped; {held}\n"
    assert (told["state"], told["incomplete"]) == ("interrupted", True)
    assert told["tally"]["items"] == rows
    assert rows < 5000
    until(lambda: not alive(others))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_sweep_under_nohup_outlives_its_connection(slow, tmp_path):
    """Where SIGHUP was ignored from the start it stays so; SIGTERM stops the sweep all the same."""
    process = subprocess.Popen(
        ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *COMMAND,
         "scan", slow, "--hash", "pdq", "-j", "1", "-o", "report"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until((tmp_path / "report/sweep.json").exists)
    process.send_signal(signal.SIGHUP)
    with open(f"/proc/{process.pid}/status") as stream:
        ignored = next(line.split()[1] for line in stream if line.startswith("SigIgn"))
    process.terminate()
    process.communicate(timeout=60)

    assert int(ignored, 16) & 1 << signal.SIGHUP - 1
    assert process.returncode == 130


def is_guarded(pid):
    """Whether the process has begun to catch SIGTERM, which run() does first."""
    with open(f"/proc/{pid}/status") as stream:
        caught = next(line.split()[1] for line in stream if line.startswith("SigCgt"))
    return bool(int(caught, 16) & 1 << signal.SIGTERM - 1)


@pytest.mark.parametrize("wait", [0.0, 0.2, 0.4, 0.6])
def test_ctrl_c_at_any_moment_gives_no_traceback(slow, tmp_path, wait):
    """Also while the command or its workers are only starting."""
    (tmp_path / "tmp").mkdir()
    process = start(tmp_path, "hash", slow, "-j", "2")
    until(lambda: is_guarded(process.pid))
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)

    # CPython ends by the signal itself, which a shell calls 130, too, when the stop came while
    # exec ran a string: dataclasses do that as they are imported.
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip() == "hashsweep: stopped"

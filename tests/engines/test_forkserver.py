"""How worker processes come to be, and how their ends are named."""

import os
import signal
import subprocess
import sys
import tempfile

import pytest

import hashsweep.engines.forkserver as engines_forkserver
from hashsweep.engines.forkserver import context_of, describe_end
from hashsweep.errors import EngineError

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

FORK_SERVER = """
import signal
from multiprocessing import forkserver
from hashsweep.engines.forkserver import context_of

context_of("forkserver", ("json",))
pid = forkserver._forkserver._forkserver_pid
with open(f"/proc/{pid}/status") as stream:
    blocked = next(line.split()[1] for line in stream if line.startswith("SigBlk"))
print(int(blocked, 16) >> signal.SIGINT - 1 & 1, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_workers_are_started_as_asked(method):
    """The context is multiprocessing's own."""
    assert context_of(method, ()).get_start_method() == method


def test_a_temporary_folder_with_a_long_name_is_no_hindrance(tmp_path):
    """A socket's path has 107 bytes at most: those of the fork server go to a shorter folder."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FORK_SERVER],
        capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": str(long)},
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("1 set()\n", "")
    assert list(long.iterdir()) == []


def test_nowhere_to_put_a_socket_is_said(tmp_path, monkeypatch):
    """With the name that is too long."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(engines_forkserver, "_SHORT_FOLDERS", (str(tmp_path / "absent"),))

    with pytest.raises(EngineError, match=f"longer than 75 bytes: {long}"):
        context_of("forkserver", ())


def test_workers_have_one_thread_each_unless_the_user_says_otherwise(monkeypatch):
    """What is set in the environment stays; what is not becomes 1."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    context_of("spawn", ())
    seen = [os.environ[name] for name in THREADS]

    assert seen == ["1", "3", "1"]


def test_the_fork_server_is_deaf_to_ctrl_c_and_its_parent_is_not():
    """SIGINT is blocked in the server from its first moment, and open again in the parent."""
    done = subprocess.run(
        [sys.executable, "-c", FORK_SERVER], capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("1 set()\n", "")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit status 0"),
        (7, "exit status 7"),
        (-signal.SIGSEGV, "SIGSEGV"),
        (-signal.SIGKILL, "SIGKILL"),
        (-40, "signal 40"),
    ],
)
def test_how_a_process_ended(code, words):
    """By its status, by its signal's name, or by the number of one without a name."""
    assert describe_end(code) == words

"""How worker processes come to be, what they have, and how their ends are named."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hashsweep.engines.forkserver import SERVER_ENDED, describe_end, scrub, server_pid, start
from support.proc import children

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
pytestmark = pytest.mark.usefixtures("no_worker_left")

THRESHOLDS = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"}


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(process):
    """Wait for the end of a process; its exit code."""
    process.join(60)
    code = process.exitcode
    process.close()
    return code


def said(name, text="", more=()):
    """What a function of support.forked writes to a pipe, and its exit code."""
    reading, writing = os.pipe()
    process = start(f"support.forked:{name}", text, [writing, *more])
    os.close(writing)
    with open(reading) as stream:
        return stream.read(), ended(process)


def test_a_function_is_called_with_a_text_and_descriptors():
    """In a process of its own, whose descriptors are those that were given and no others."""
    text = "a text \u00e9 of any length " * 10_000
    with open(os.devnull) as other:
        told, code = said("echo", text, [other.fileno()])
    pid, same, held = json.loads(told)
    held = [each for each in held if "/proc/" not in each]  # the folder that was listed

    assert (same, code) == (text, 0)
    assert pid not in (os.getpid(), server_pid())
    assert held[:2] == ["/dev/null", "/dev/null"]
    assert (len(held), held.count("/dev/null")) == (5, 3)


@pytest.mark.parametrize(
    ("name", "code"),
    [("die", -signal.SIGKILL), ("leave", 7), ("fail", 1), ("no_such_function", 1)],
)
def test_how_it_ended_is_known(name, code):
    """By a signal, with a status, or with 1 where an error came up."""
    assert said(name) == ("", code)


def test_it_can_be_killed_and_is_reaped():
    """The server keeps nothing of it."""
    process = start("support.forked:sleep", "", [])
    was_alive = process.is_alive()
    process.kill()
    process.kill()

    assert (was_alive, ended(process)) == (True, -signal.SIGKILL)
    assert children(server_pid()) == []


def test_processes_end_with_their_server():
    """That is told, and next time there is a new server."""
    process = start("support.forked:sleep", "", [])
    before = server_pid()
    os.kill(before, signal.SIGKILL)

    assert ended(process) == SERVER_ENDED
    until(is_forked_again)
    assert server_pid() not in (before, None)


def is_forked_again():
    """Whether a process can be started; for a moment the server may have ended and be a zombie."""
    try:
        return said("leave") == ("", 7)
    except OSError as error:
        if str(error) != "the fork server has ended":
            raise
        return False


REFUSED = """
import os
from hashsweep.engines.forkserver import start, server_pid
preload, servers = ("support.refusing_fork",), set()
for _ in range(3):
    try:
        process = start("support.forked:leave", "", [], preload)
    except OSError as error:
        print(type(error).__name__)
    else:
        process.join()
        print(process.exitcode)
    servers.add(server_pid())
print(len(servers), os.listdir(os.environ["TMPDIR"]))
"""


def run(script, folder, **more):
    """Run a script in a process of its own, with the temporary folder `folder`."""
    path = os.pathsep.join(sys.path)
    return subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder), **more},
    )  # fmt: skip


def test_a_fork_that_the_system_refuses_is_no_end(tmp_path):
    """The server says so, without a traceback, and forks when it can; no file is ever made."""
    (tmp_path / "tmp").mkdir()
    more = {"HASHSWEEP_WORKER_REFUSE": "2", "HASHSWEEP_WORKER_REFUSED": str(tmp_path / "log")}
    done = run(REFUSED, tmp_path / "tmp", **more)

    assert (done.stdout.splitlines(), done.stderr) == (
        ["BlockingIOError", "BlockingIOError", "7", "1 []"],
        "",
    )


DEAF = """
import signal
from hashsweep.engines.forkserver import server_pid, start_server

start_server(("json", "no_such_module"))
with open(f"/proc/{server_pid()}/status") as stream:
    blocked = next(line.split()[1] for line in stream if line.startswith("SigBlk"))
print(int(blocked, 16) >> signal.SIGINT - 1 & 1, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


def test_the_fork_server_is_deaf_to_ctrl_c_and_its_parent_is_not(tmp_path):
    """SIGINT is blocked in the server from its first moment, and open again in the parent."""
    done = run(DEAF, tmp_path)

    assert (done.stdout, done.stderr) == ("1 set()\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_module_in_the_working_directory_is_not_run(tmp_path):
    """It may be a folder to which strangers write."""
    (tmp_path / "json.py").write_text("print('run')")
    (tmp_path / "hashsweep").mkdir()
    (tmp_path / "hashsweep/__init__.py").write_text("print('run')")
    script = f"import os\nfrom hashsweep.engines import forkserver\nos.chdir({str(tmp_path)!r})\n"
    script += "process = forkserver.start('support.forked:leave', '', [])\n"
    script += "process.join()\nprint(process.exitcode)"
    done = run(script, tmp_path)

    assert (done.stdout, done.stderr) == ("7\n", "")


def test_workers_get_no_secret(monkeypatch):
    """What programs need of an environment they have; whatever else there is they have not."""
    secrets = {
        "AWS_SECRET_ACCESS_KEY": "canary", "AZURE_STORAGE_CONNECTION_STRING": "canary",
        "DATABASE_URL": "canary", "HASHSWEEP_REPORT_KEY": "canary", "MYTHING": "canary",
    }  # fmt: skip
    needed = {"PATH": "/bin", "LC_ALL": "C", "PYTHONHASHSEED": "1", "HASHSWEEP_WORKER_MODEL": "m"}
    kept = scrub(secrets | needed)

    ours = {*THREADS, *THRESHOLDS, "ARROW_DEFAULT_MEMORY_POOL", "JE_ARROW_MALLOC_CONF"}
    assert {name: value for name, value in kept.items() if name not in ours} == needed
    told, _ = said("environment")
    assert json.loads(told).keys() <= scrub(os.environ).keys() | {"LC_CTYPE"}


@pytest.mark.parametrize(
    ("version", "largest"),
    [("glibc 2.36", 128), ("glibc 2.41", 128), ("glibc 2.34", 32), ("", None), ("musl 1.2", None)],
)
def test_memory_stays_with_a_worker(monkeypatch, version, largest):
    """As much as this C library allows; one without such bounds gets none."""
    monkeypatch.setattr(os, "confstr", lambda name: version)
    kept = scrub({})

    expected = {"MALLOC_TRIM_THRESHOLD_": 128, "MALLOC_MMAP_THRESHOLD_": largest} if largest else {}
    assert {name: int(kept[name]) >> 20 for name in THRESHOLDS if name in kept} == expected


@pytest.mark.parametrize(
    "own", [{"MALLOC_ARENA_MAX": "1"}, {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=0"}]
)
def test_who_tunes_memory_is_left_alone(own):
    """What is said about malloc in the environment is all that is said."""
    assert not scrub(own).keys() & THRESHOLDS


def test_workers_have_one_thread_each_unless_the_user_says_otherwise():
    """What is set in the environment stays; what is not becomes 1."""
    kept = scrub({"OMP_NUM_THREADS": "3"})

    assert [kept[name] for name in THREADS] == ["1", "3", "1"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit status 0"),
        (7, "exit status 7"),
        (-signal.SIGSEGV, "SIGSEGV"),
        (-signal.SIGKILL, "SIGKILL"),
        (-40, "signal 40"),
        (SERVER_ENDED, "the fork server has ended"),
    ],
)
def test_how_a_process_ended(code, words):
    """By its status, by its signal's name, or by the number of one without a name."""
    assert describe_end(code) == words


def test_a_server_that_runs_imports_what_is_asked_for_later():
    """Lists are parsed before workers are started, which need other modules."""
    script = PRELOADED.format(path=json.dumps(sys.path))
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "True", "True", "1"]


PRELOADED = """
import os, sys
sys.path[:] = {path}
from hashsweep.engines.forkserver import start, start_server, server_pid

def has():
    reading, writing = os.pipe()
    process = start("support.forked:has_module", "colorsys", [writing])
    process.join()
    print(os.read(reading, 10).decode())
    servers.add(server_pid())

servers = set()
has()
start_server(["colorsys"])
has()
start_server(["colorsys", "no_such_module"])
has()
print(len(servers))
"""

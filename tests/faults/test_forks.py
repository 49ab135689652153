"""A system that refuses new processes: nobody's file is to blame, and nothing prints a traceback.

By a fork server that refuses (support.refusing_fork), and by a real bound on a user's processes.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from support.commands import COMMAND

SWEEP = """
from collections import Counter
from hashsweep.engines import Job, processes
from hashsweep.errors import EngineError
from hashsweep.model import Failure, Item
from support.singles import singles

processes._PAUSE, processes._PATIENCE, processes._TICK = 0.01, 0.5, 0.01
job = Job("support.faulty_workers:open_echo", {"seconds": 0.001})
engine = processes.ProcessEngine(3, recycle=20, preload=("support.refusing_fork",))
batches = [[Item(f"/{batch}/{number}") for number in range(5)] for batch in range(60)]
finished = []
try:
    finished.extend(singles(engine, job, batches))
except EngineError as error:
    print(error)
print(len({each.item.uri for each in finished}), len(finished))
print(sum(isinstance(each.result, Failure) for each in finished))
"""


def sweep(tmp_path, refusals):
    """Run 300 items over workers of a server that refuses so often; (stdout, stderr, refused)."""
    log = tmp_path / "refused"
    log.touch()
    more = {"HASHSWEEP_WORKER_REFUSE": str(refusals), "HASHSWEEP_WORKER_REFUSED": str(log)}
    done = subprocess.run(
        [sys.executable, "-c", SWEEP], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more},
    )  # fmt: skip
    return done.stdout.splitlines(), done.stderr, log.read_text().count("\n")


@pytest.mark.parametrize("refusals", [1, 7])
def test_a_refusal_that_passes_costs_nothing(tmp_path, refusals):
    """Every item is done once, and none is failed."""
    assert sweep(tmp_path, refusals) == (["300 300", "0"], "", refusals)


def test_a_refusal_that_lasts_ends_the_run_with_one_line(tmp_path):
    """After some patience; nothing was done, and nothing is called crashed."""
    said, err, refused = sweep(tmp_path, 10**6)

    assert said == [
        "no worker process can be started: Resource temporarily unavailable", "0 0", "0",
    ]  # fmt: skip
    assert (err, refused > 1) == ("", True)


SETPRIV = shutil.which("setpriv")
RIGHTS = "-all,+dac_read_search,+dac_override"  # Python may lie where only root can look


@pytest.mark.skipif(
    os.getuid() != 0 or SETPRIV is None, reason="becomes another user, whose processes are bounded"
)
@pytest.mark.parametrize(("most", "status"), [(3, 2), (5, 0)])
def test_a_bound_on_the_users_processes(tmp_path, most, status):
    """With room for some workers the sweep is whole; with none it ends with one line.

    The command and a thread of its libraries are two processes, what asks the disks and the fork
    server two more.
    """
    (tmp_path / "media").mkdir()
    (tmp_path / "out").mkdir()
    for number in range(50):
        (tmp_path / f"media/{number}").write_text(str(number))
    os.chown(tmp_path / "out", 54321, 54321)
    done = subprocess.run(
        [SETPRIV, "--reuid", "54321", "--regid", "54321", "--clear-groups", "--inh-caps", RIGHTS,
         "--ambient-caps", RIGHTS.removeprefix("-all,"), "--bounding-set", RIGHTS,
         "prlimit", f"--nproc={most}", *COMMAND, "scan", "media", "--hash", "md5", "-j", "3", "-q",
         "-o", "out/report"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "TMPDIR": str(tmp_path / "out")},
    )  # fmt: skip
    told = json.loads((tmp_path / "out/report/sweep.json").read_text())
    expected = "hashsweep: no worker process can be started: Resource temporarily unavailable\n"

    assert (done.returncode, done.stderr) == (status, expected if status else "")
    assert told["tally"]["failed"] == 0
    assert told["tally"]["items"] == (0 if status else 50)

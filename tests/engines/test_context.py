"""How worker processes come to be."""

import os
import signal
import subprocess
import sys

PROGRAM = """
import os, signal, sys, time
from multiprocessing import forkserver
from hashsweep.engines.context import context_of
context = context_of("forkserver", ("slow_module_for_the_fork_server",))
pid = forkserver._forkserver._forkserver_pid
print(pid, flush=True)
time.sleep(30)
"""


def test_ctrl_c_while_the_fork_server_imports_is_not_its_business(tmp_path):
    """A Ctrl-C to the whole group during the preload kills nothing and prints no traceback."""
    (tmp_path / "slow_module_for_the_fork_server.py").write_text("import time\ntime.sleep(2)\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        start_new_session=True,
    )
    server = int(program.stdout.readline())
    os.killpg(program.pid, signal.SIGINT)
    _, told = program.communicate(timeout=20)

    assert told.count("Traceback") == 1  # the program's own: nothing in it catches Ctrl-C
    assert "slow_module" not in told
    assert server != program.pid


def test_blas_gets_one_thread_a_worker(monkeypatch):
    """Workers inherit a bound of one thread for linear algebra, unless the user set another."""
    from hashsweep.engines.context import context_of

    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    context_of("spawn", ())

    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3"


def test_the_end_of_a_process_is_told_in_words():
    """A positive code is an exit status, a negative one a signal by its name."""
    from hashsweep.engines.context import how_it_ended

    assert how_it_ended(3) == "exit status 3"
    assert how_it_ended(-11) == "SIGSEGV"
    assert how_it_ended(-99) == "signal 99"

"""Ctrl-C and signals, held back while something must not be half done."""

import os
import signal
import subprocess
import sys

import pytest

from hashsweep import signals


@pytest.fixture
def installed():
    """Our handlers, and those of before afterwards."""
    before = {number: signal.getsignal(number) for number in signals.SIGNALS}
    for number in before:
        signal.signal(number, signal.SIG_DFL)  # a shell ignores SIGINT in what it runs beside it
    signals.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", signals.SIGNALS)
@pytest.mark.usefixtures("installed")
def test_a_signal_stops_at_once(number):
    """All of them are what Ctrl-C is."""
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)


@pytest.mark.usefixtures("installed")
def test_a_stop_is_held_back_to_the_end_of_the_outermost_block():
    """What is in the block is done, once or however often somebody asks."""
    done = []

    def work():
        with signals.deferred():
            with signals.deferred():
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
                done.append("inner")
            done.append("outer")
        done.append("never")

    with pytest.raises(KeyboardInterrupt):
        work()
    with signals.deferred():
        done.append("after")

    assert done == ["inner", "outer", "after"]


@pytest.mark.usefixtures("installed")
def test_an_error_in_a_block_is_not_replaced_by_a_stop():
    """What went wrong is told; the stop comes at the next chance."""

    def work():
        with signals.deferred():
            os.kill(os.getpid(), signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    with pytest.raises(KeyboardInterrupt), signals.deferred():
        pass


def test_what_is_ignored_stays_ignored():
    """Under nohup a lost connection stops nothing."""
    program = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from hashsweep import signals; signals.install();"
        "os.kill(os.getpid(), signal.SIGHUP); print('still here')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "still here\n"


ABORT = """
import os, resource, sys
from hashsweep.signals import no_core_dumps
os.chdir(sys.argv[1])
if no_core_dumps() and os.fork() == 0:
    os.abort()
print(os.WCOREDUMP(os.wait()[1]), resource.getrlimit(resource.RLIMIT_CORE)[1] <= 1, os.listdir())
"""


def test_a_process_that_crashes_leaves_no_core(tmp_path):
    """Nor do those that it starts, as the system itself says; and nothing can allow it again."""
    done = subprocess.run(
        [sys.executable, "-c", ABORT, tmp_path], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False True []\n"

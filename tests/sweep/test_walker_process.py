"""The process that asks the disks, from within."""

import json
import os
import signal
import subprocess
import sys
import time

from hashsweep.model import Failure, Item, Skipped
from hashsweep.storage import memory
from hashsweep.sweep.walker_process import TRACE, Trace, _Some, read_some
from support.proc import children


def test_what_is_asked_is_seen_by_the_other_process():
    """The path of the last question, cut if it is longer than any can be, and their number."""
    descriptor = memory.create_unnamed(bytes(TRACE))
    ours, theirs = Trace(os.dup(descriptor)), Trace(descriptor)
    seen = []
    for path in (b"/a/long/path", b"/b", b"/c\xff\n", b"x" * 2 * TRACE, b"/e"):
        theirs.touch(path)
        seen.append(ours.path)

    assert seen[:3] == [b"/a/long/path", b"/b", b"/c\xff\n"]
    assert (set(seen[3]), len(seen[3]) < TRACE) == ({ord("x")}, True)
    assert (seen[4], ours.count) == (b"/e", 5)


def test_items_come_out_as_they_went_in():
    """Names that are no text, times of any size, failures and skips."""
    given = [
        Item("/a", 3, 17),
        Item("/b\udcff\n", 0, 10**28),
        Skipped("/c", "symlink"),
        Item("/d", failure=Failure("list", "gone", "No such file")),
        Item("/e", 2**70, -(10**28)),
    ]
    some = _Some()
    for each in given:
        some.add(each)

    assert list(read_some(json.loads(json.dumps(some.to_json())))) == given
    assert list(read_some(_Some().to_json())) == []


WAITING = """
import time
from hashsweep.sweep.walker import Walker
walker = Walker(None)
walker.look("/")
print("started", flush=True)
time.sleep(600)
"""


def test_the_process_dies_with_the_command():
    """However that happens."""
    command = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True)
    command.stdout.readline()
    (process,) = children(command.pid)
    command.send_signal(signal.SIGKILL)
    command.communicate()
    until = time.monotonic() + 30
    while os.path.exists(f"/proc/{process}") and time.monotonic() < until:
        time.sleep(0.01)

    assert not os.path.exists(f"/proc/{process}")

"""The processes of this machine as /proc shows them."""

import multiprocessing.forkserver
from pathlib import Path


def children(pid):
    """The processes that this process started and that are not yet reaped."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in thread.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def descendants(pid):
    """The children, their children and so on."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def workers():
    """The worker processes that engines of this test process have running now."""
    server = multiprocessing.forkserver._forkserver._forkserver_pid
    return [] if server is None else children(server)

"""The processes of this machine as /proc shows them."""

import threading
import time
from pathlib import Path

from hashsweep.engines.forkserver import server_pid


def children(pid):
    """The processes that this process started and that are not yet reaped."""
    found = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return found
    for thread in threads:
        try:
            found += [int(child) for child in (thread / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def descendants(pid):
    """The children, their children and so on."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def workers():
    """The worker processes that engines of this test process have running now."""
    server = server_pid()
    return [] if server is None else children(server)


def peak_memory(pid):
    """The most bytes that a process ever had in memory (VmHWM); 0 if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) * 1024


class Peaks(threading.Thread):
    """The most memory of this process's parsers and workers, from the first to the last."""

    def __init__(self):
        super().__init__()
        self.most, self.ended = 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.002):
            self.most = max([self.most, *map(peak_memory, workers())])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def watched(process):
    """Wait for the end of a command; (what it wrote, its fork server's peak, its workers').

    It may write little only. A peak never falls, so that of a worker is missed only as far as
    it was reached in the last hundredth of a second of its life.
    """
    servers, workers = {}, {}
    while process.poll() is None:
        for server in children(process.pid):
            servers[server] = peak_memory(server)
            for worker in children(server):
                workers[worker] = max(workers.get(worker, 0), peak_memory(worker))
        time.sleep(0.005)
    return process.communicate(), max(servers.values()), max(workers.values())

"""One run of a command: wall and processor seconds of all its processes, and their memory.

The processes that a command leaves behind (hashsweep's fork server and its workers end a moment
after it) become children of this process (PR_SET_CHILD_SUBREAPER) and are waited for, so that
the kernel adds all processor time to RUSAGE_CHILDREN. Wall time ends with the command itself.
"""

import ctypes
import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

_SET_CHILD_SUBREAPER = 36  # include/uapi/linux/prctl.h
_PATIENCE = 60.0
_TICK = 0.005


class Failed(Exception):
    """A run is no result; the message says why in one line."""


@dataclass
class Peaks:
    """The most memory that one process of a tree had, in bytes.

    `resident` is VmHWM: everything mapped and touched, pages of files and shared ones included.
    `private` is RssAnon at its largest, sampled: memory that is nowhere but in this process, or
    in its parent too where it was forked. `worker_` is the same of processes that are
    grandchildren of the command or deeper, as hashsweep's workers are.
    """

    resident: int = 0
    private: int = 0
    worker_resident: int = 0
    worker_private: int = 0


@dataclass
class Run:
    """What one run took: seconds of wall and processor time, exit status, output."""

    wall: float
    processor: float
    status: int
    output: str
    peaks: Peaks = field(default_factory=Peaks)


def adopt_orphans() -> None:
    """Make this process the parent of processes that commands leave behind."""
    if ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused")


def run(
    command: list[str],
    environment: dict[str, str],
    cores: set[int],
    log: Path,
    *,
    watch: bool = False,
) -> Run:
    """Run a command on `cores` alone, its output into `log`; raises Failed if it does not end.

    With `watch`, look at its processes' memory every few milliseconds. That takes time itself,
    so it is done in runs that are not timed.
    """
    peaks = Peaks()
    began_processor = _children_seconds()
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # inherited
    began = time.perf_counter()
    try:
        top = os.posix_spawn(
            command[0],
            command,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
    finally:
        os.sched_setaffinity(0, ours)
    status, ended = None, began
    while status is None or time.perf_counter() - ended < _PATIENCE:
        try:
            pid, how = os.waitpid(-1, os.WNOHANG if watch or status is not None else 0)
        except ChildProcessError:  # all have ended
            break
        if pid == top:
            status, ended = os.waitstatus_to_exitcode(how), time.perf_counter()
        elif pid == 0:
            if watch:
                _look(os.getpid(), 0, peaks)
            time.sleep(_TICK)
    else:
        raise Failed(f"processes of it still run {_PATIENCE:g} s after its end")
    return Run(
        ended - began,
        _children_seconds() - began_processor,
        status,
        log.read_text("utf-8", "replace"),
        peaks,
    )


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _children(pid: int) -> list[int]:
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended
    return [int(child) for child in found]


def _look(pid: int, depth: int, peaks: Peaks) -> None:
    """Take the memory of all descendants into account."""
    for child in _children(pid):
        try:
            lines = Path(f"/proc/{child}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
        resident, private = (int(sizes.get(name, 0)) * 1024 for name in ("VmHWM", "RssAnon"))
        peaks.resident = max(peaks.resident, resident)
        peaks.private = max(peaks.private, private)
        if depth >= 2:
            peaks.worker_resident = max(peaks.worker_resident, resident)
            peaks.worker_private = max(peaks.worker_private, private)
        _look(child, depth + 1, peaks)

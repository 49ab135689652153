"""What a container lets its processes have, which may be less than what the machine has.

By the control groups of Linux, version 1 or 2. What cannot be read sets no limit. Knows
no kind of work.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/proc/self/cgroup")
_MOUNTED = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 62  # version 1 writes a number near 2**63 where there is none


def processors() -> int:
    """Return how many processors this process may use: by its affinity, and by a quota of time.

    A quota is rounded up, so that half a processor is one.
    """
    allowed = len(os.sched_getaffinity(0))
    quotas = [quota / period for quota, period in _quotas() if quota > 0 and period > 0]
    return max(1, min([allowed, *map(math.ceil, quotas)]))


def memory() -> int | None:
    """Return how many bytes all processes of a container may have together; None for no limit."""
    found = [
        int(text)
        for file in ("memory.max", "memory.limit_in_bytes")
        for text in _values("memory", file)
        if text.isdecimal()
    ]
    return min((each for each in found if each < _NO_LIMIT), default=None)


def _quotas() -> Iterator[tuple[int, int]]:
    """Yield (quota, period) in microseconds of this group and those above it."""
    for text in _values("cpu", "cpu.max"):
        quota, _, period = text.partition(" ")
        if quota.isdecimal() and period.isdecimal():
            yield int(quota), int(period)
    times = zip(
        _values("cpu", "cpu.cfs_quota_us"), _values("cpu", "cpu.cfs_period_us"), strict=False
    )
    for quota, period in times:
        if quota.isdecimal() and period.isdecimal():  # -1: unlimited
            yield int(quota), int(period)


def _values(controller: str, file: str) -> Iterator[str]:
    """Yield what files of this name say, from this process's group up to the highest."""
    for folder in _folders(controller):
        try:
            yield (folder / file).read_text("ascii").strip()
        except (OSError, ValueError):
            continue


def _folders(controller: str) -> Iterator[Path]:
    """Yield the folders of this process's groups and of those above them.

    In a container the path may be the host's and the folder that of the container alone: then only
    the top is there, and it is the container's own.
    """
    try:
        lines = _GROUPS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        top = _MOUNTED / controller if names else _MOUNTED
        here = Path(path.lstrip("/"))
        yield from (top / each for each in (here, *here.parents))

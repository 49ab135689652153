"""Finds the mounted disks that folders are on, so that a missing one is noticed later.

Knows no item.
"""

import os
import re
from collections.abc import Iterable

_TABLE = "/proc/self/mountinfo"
_MOUNT_POINT = 4  # field of a line, from 0 (proc(5))


def mounts(folders: Iterable[str]) -> list[str]:
    """Return the mount points below the folders and the one that each is on, sorted.

    Empty if the system does not list them.
    """
    points = _points()
    found = set()
    for folder in folders:
        real = os.path.realpath(folder)
        found |= {point for point in points if _is_below(point, real)}
        above = [point for point in points if point == real or _is_below(real, point)]
        found |= {max(above, key=len)} if above else set()
    return sorted(found)


def find_missing(before: Iterable[str], folders: Iterable[str]) -> list[str]:
    """Return the mount points of `before` around or in these folders that are not mounted now."""
    for point in (before := list(before)):
        try:
            os.scandir(point).close()  # this triggers an automount
        except OSError:
            continue
    points = _points()
    if not points:
        return []
    reals = [os.path.realpath(folder) for folder in folders]
    return [
        point
        for point in before
        if point not in points
        and any(point == r or _is_below(point, r) or _is_below(r, point) for r in reals)
    ]


def _is_below(path: str, folder: str) -> bool:
    return path != folder and path.startswith(folder.rstrip("/") + "/")


def _points() -> set[str]:
    try:
        with open(_TABLE, encoding="utf-8", errors="surrogateescape") as table:
            return {_plain(line.split(" ")[_MOUNT_POINT]) for line in table}
    except OSError:
        return set()


def _plain(field: str) -> str:
    r"""Return a field of the table, in which space, tab, newline and \ are octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)

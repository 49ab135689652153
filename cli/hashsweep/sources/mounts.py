"""Finds the mounted disks that folders are on, so that a missing one is noticed later.

Knows no item.
"""

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress

_TABLE = "/proc/self/mountinfo"
_MOUNT_POINT = 4  # field of a line, from 0 (proc(5))


def _touch(point: str) -> None:
    with suppress(OSError):
        os.scandir(point).close()


def mounts(folders: Iterable[str], resolve: Callable[[str], str] = os.path.realpath) -> list[str]:
    """Return the mount points below the folders and the one that each is on, sorted.

    Empty if the system does not list them. `resolve` says where a path really leads to; nothing
    else is asked of the disks.
    """
    points = _points()
    found = set()
    for folder in folders:
        real = resolve(folder)
        found |= {point for point in points if _is_below(point, real)}
        above = [point for point in points if point == real or _is_below(real, point)]
        found |= {max(above, key=len)} if above else set()
    return sorted(found)


def find_missing(
    before: Iterable[str],
    folders: Iterable[str],
    resolve: Callable[[str], str] = os.path.realpath,
    touch: Callable[[str], None] = _touch,
) -> list[str]:
    """Return the mount points of `before` around or in these folders that are not mounted now.

    `touch` opens each of them, which triggers an automount; `resolve` as in `mounts`.
    """
    for point in (before := list(before)):
        touch(point)
    points = _points()
    if not points:
        return []
    reals = [resolve(folder) for folder in folders]
    return [
        point
        for point in before
        if point not in points
        and any(point == r or _is_below(point, r) or _is_below(r, point) for r in reals)
    ]


def point_of(path: str) -> str:
    """Return the mount point that an absolute path is on by its name, "/" if none is known."""
    above = [point for point in _points() if point == path or _is_below(path, point)]
    return max(above, key=len, default="/")


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

"""What a named sweep remembers from night to night, in a file beside its reports.

It holds no name and no hash. Knows no terminal.
"""

import datetime
import errno
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hashsweep.atomic_files import new_file
from hashsweep.errors import ReportError

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a full disk, or one's share of it, answers."""

_SIZE = 512  # bytes; three short texts


@dataclass(frozen=True)
class Memory:
    """What was told.

    `told` is the run_id of the report up to which everything new was told, `problem` the code of
    the last night's problem that was told, and `finished` when a sweep last finished, ISO 8601 in
    UTC. None where there is none.
    """

    told: str | None = None
    problem: str | None = None
    finished: str | None = None


def memory_file(reports: Path, name: str) -> Path:
    """Return where the memory of a sweep is."""
    return reports / f".{name}.json"


def recall(reports: Path, name: str) -> Memory:
    """Return what is remembered; raises ReportError if the file cannot be read.

    Nothing if there is no such file, or it is damaged: then everything is told once more.
    """
    path = memory_file(reports, name)
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError):
        found = None
    names = {each.name for each in fields(Memory)}
    if (
        not isinstance(found, dict)
        or found.keys() - names
        or not all(map(_is_text, found.values()))
    ):
        return Memory()
    return Memory(**found)


def remember(reports: Path, name: str, memory: Memory) -> None:
    """Replace what is remembered; raises ReportError.

    On a full disk the file that is there is written over: it has always the same size.
    """
    path = memory_file(reports, name)
    content = json.dumps(asdict(memory), indent=2).encode("ascii").ljust(_SIZE - 1) + b"\n"
    try:
        with new_file(path, replace=True) as file:
            file.write(content)
    except ReportError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno not in FULL:
            raise
        try:
            with path.open("r+b") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            raise error from error.__cause__


def told_in(folder: Path) -> set[str]:
    """Return the run_ids that the sweeps of a folder count what is new from."""
    found = set()
    for path in folder.glob(".*.json"):
        told = recall(folder, path.name[1:-5]).told
        found |= {told} if told else set()
    return found


def describe_now() -> str:
    """Return this moment, in UTC."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)

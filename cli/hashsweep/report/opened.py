"""One report, opened for reading: what it says of itself, and the parts of its tables in order.

Knows no terminal and writes nothing.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from hashsweep.errors import ReportError
from hashsweep.report import schema
from hashsweep.report.encryption import Keys
from hashsweep.report.reader import Part, parts, sealed_as, sweep_of
from hashsweep.report.unfinished import check_gapless, state_of


class OpenReport:
    """A report folder whose rows are read, decrypted where need be.

    Raises ReportError where the folder holds no report or not all parts of `files`; later for a
    part that is damaged or that the keys do not open.
    """

    def __init__(self, path: Path, keys: Keys | None = None) -> None:
        """Read `sweep.json`; parts are opened when they are asked for."""
        self.path = path
        self.sweep: dict[str, Any] = sweep_of(path)
        self._keys = keys
        self._report_id = sealed_as(self.sweep)
        check_gapless(parts(path, "files"))
        if self.state == "complete" and not parts(path, "files"):
            raise ReportError(f"report {path} is damaged: it has no part of files")

    def check_version(self) -> None:
        """Raise ReportError unless `sweep` is of a version that can be understood."""
        if self.sweep.get("report_version") not in schema.READ:
            written_by = str(self.sweep.get("hashsweep"))
            raise ReportError(
                f"report {self.path} is of another version: hashsweep {written_by} reads it"
            )

    @cached_property
    def state(self) -> str:
        """One of schema.STATES, as it was when this was first asked."""
        return state_of(self.path, self.sweep)

    @property
    def is_whole(self) -> bool:
        """Whether its sweep came to its end; otherwise rows may be missing."""
        return self.state == "complete"

    def names(self, table: str) -> list[str]:
        """Return the file names of a table's parts, in order; those of the tables are paired."""
        return [path.name for path in parts(self.path, table)]

    def part(self, table: str, name: str) -> Part:
        """Open one part by its file name."""
        return Part(self.path / table / name, self._keys, self._report_id)

    def parts(self, table: str) -> Iterator[Part]:
        """Open the parts of a table, one after the other."""
        return (self.part(table, name) for name in self.names(table))


def began(report: OpenReport) -> datetime.datetime:
    """Return when a report's sweep was begun, in UTC; raises ReportError where it does not say."""
    try:
        at = datetime.datetime.fromisoformat(report.sweep["started"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReportError(f"report {report.path}/sweep.json is damaged: no start") from error
    return at.astimezone(datetime.UTC)


@contextmanager
def damaged(where: str) -> Iterator[None]:
    """Tell of a `sweep.json` that lacks something, or holds what cannot be."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ReportError(f"report {where} is damaged: {error!r}") from error

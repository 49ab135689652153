"""Prints what a benchmark found, and keeps it as a dated table."""

import csv
import datetime
from collections.abc import Sequence
from pathlib import Path

WIDTH = 11
"""Characters of a column when printed."""


def publish(name: str, about: str, rows: Sequence[Sequence[object]], folder: Path | None) -> None:
    """Print `about` and `rows`, the header first; write them to a new file in `folder`, if any."""
    print(about)
    for row in rows:
        print("  ".join(f"{value!s:>{WIDTH}}" for value in row))
    if folder:
        path = folder / f"{datetime.datetime.now(datetime.UTC).date()}-{name}.csv"
        with path.open("w", newline="") as stream:
            stream.write(about + "\n")
            csv.writer(stream).writerows(rows)

"""Fills a small disk to its last block."""

import contextlib
from pathlib import Path


def fill(folder: Path) -> Path:
    """Write a file until nothing more fits on the disk of a folder; return the file."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)) == 4096:
            pass
    return path

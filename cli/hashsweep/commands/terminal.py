"""What depends on whether people are looking: pages and widths. Knows no command."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator

import click

_LESS = "FRX"
"""Options of less where LESS has none: no pages for what fits on one, and nothing is cleared."""


def is_watched() -> bool:
    """Say whether standard output is a terminal, and not that of a CI job, which is stored."""
    return sys.stdout.isatty() and not os.environ.get("CI")


def find_width() -> int | None:
    """Return the columns of the terminal on standard output; None if there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_pages(lines: Iterator[str], *, paged: bool) -> None:
    """Print lines; with `paged` through a pager (PAGER, or less) where people are looking."""
    if paged and is_watched() and _is_readable(os.environ.get("PAGER", "")):
        before = os.environ.get("LESS")
        os.environ["LESS"] = before or _LESS
        try:
            click.echo_via_pager(_without_last_newline(lines))
        finally:
            if before is None:
                del os.environ["LESS"]
            else:
                os.environ["LESS"] = before
    else:
        sys.stdout.writelines(lines)
    sys.stdout.flush()


def _is_readable(words: str) -> bool:
    try:
        shlex.split(words)
    except ValueError:
        return False
    return True


def _without_last_newline(lines: Iterator[str]) -> Iterator[str]:
    """Yield the same text but its last newline, which click adds."""
    first = next(lines, None)
    if first is not None:
        yield first.removesuffix("\n")
    for line in lines:
        yield "\n" + line.removesuffix("\n")

"""Words about work that is done: where standard output does not take them, the work still counts.

Knows no command.
"""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

import click

MAKES_A_REPORT = frozenset({"scan", "run", "rematch"})
"""Commands whose work is a report; of all others the output is the work."""


class _Closed(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.EBADF, "standard output is closed")


def stand_in() -> TextIO:
    """Return what takes the place of a closed standard output; nothing can be written to it.

    The descriptor is taken as well, so that no file that is opened later is mistaken for it.
    """
    while (descriptor := os.open(os.devnull, os.O_WRONLY)) < 1:
        pass  # standard input was closed as well
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - for workers, too
    return io.TextIOWrapper(cast("BinaryIO", _Closed()), encoding="utf-8", write_through=True)


def drop_output() -> None:
    """Let what standard output did not take go nowhere, or Python would fail on it as it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):  # a stand-in has no descriptor
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def after_the_work() -> Iterator[None]:
    """Print in this block what the work came to; what cannot be printed is one line on stderr."""
    try:
        yield
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # rich exits where the reader has left
        drop_output()
        why = isinstance(error, OSError) and error.strerror
        text = f"the summary could not be printed ({why or os.strerror(errno.EPIPE)})"
        with suppress(OSError):
            click.echo(f"hashsweep: {text}; the report is not affected", err=True)

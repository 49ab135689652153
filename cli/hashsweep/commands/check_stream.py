"""`hashsweep check --stream`: what it takes, and how its requests stand on standard input."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hashsweep.commands.options import stack_options

if TYPE_CHECKING:
    from hashsweep.gate.framing import Framing

Command = TypeVar("Command", bound=Callable[..., Any])

_PLACES = 2
"""Files in memory a worker: one at work and one that waits (engines.processes.AHEAD)."""


def stream_options(command: Command) -> Command:
    """Options about requests that come through standard input."""
    return stack_options(
        command,
        click.option(
            "--stream",
            is_flag=True,
            help="Stay up: read a path a line from standard input until it ends, and answer each "
            "with its line at once, in their order.",
        ),
        click.option(
            "-0", "--null", is_flag=True, help="With --stream: paths end in NUL, not in a newline."
        ),
        click.option(
            "--length-prefixed",
            is_flag=True,
            help="With --stream: not paths but files themselves, each behind its length in 8 "
            "bytes, big-endian. They stay in memory.",
        ),
    )


def check_call(
    files: Sequence[str], *, stream: bool, null: bool, length_prefixed: bool, pipes: int
) -> None:
    """Raise a usage error for a call that makes no sense.

    `pipes` is how many lists come through standard input.
    """
    from hashsweep.errors import SourceError, UsageProblem

    if not stream:
        if null or length_prefixed:
            raise UsageProblem("--null and --length-prefixed are about --stream")
        if not files:
            raise click.UsageError("Missing argument 'FILE...' (or --stream).")
    elif files:
        raise UsageProblem("--stream reads what to check from standard input: name no FILE")
    elif null and length_prefixed:
        raise UsageProblem("--null is about paths, and --length-prefixed takes none")
    elif sys.stdin is None:
        raise SourceError("--stream reads standard input, which is closed")
    if files.count("-") + stream + pipes > 1:
        raise UsageProblem("standard input can be read only once: - is named twice")


def framing_of(
    *, null: bool, length_prefixed: bool, workers: int, most: int, stack: ExitStack
) -> "tuple[Framing, tuple[str, ...]]":
    """Return how requests are cut, and paths of all that can be in memory (work.prepare_work).

    Bytes in memory are at most `most` in all, and so in each file.
    """
    from hashsweep.gate.framing import Frames, Lines
    from hashsweep.storage.places import Places

    if not length_prefixed:
        return Lines(null=null), ()
    places = Places(workers * _PLACES + 1, most, stack)
    return Frames(places, most), places.paths

"""`hashsweep check --stream`: its options, and how requests on standard input are framed."""

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
"""Files held in memory per worker: one in progress, one waiting (engines.processes.AHEAD)."""


def stream_options(command: Command) -> Command:
    """Options for requests on standard input."""
    return stack_options(
        command,
        click.option(
            "--stream",
            is_flag=True,
            help="Keep running: read one path per line from standard input, and answer each "
            "at once, in order.",
        ),
        click.option(
            "-0",
            "--null",
            is_flag=True,
            help="With --stream: paths end with NUL, not with newline.",
        ),
        click.option(
            "--length-prefixed",
            is_flag=True,
            help="With --stream: read files instead of paths, each preceded by its length (8 "
            "bytes, big-endian). They stay in memory.",
        ),
    )


def check_call(
    files: Sequence[str], *, stream: bool, null: bool, length_prefixed: bool, pipes: int
) -> None:
    """Raise a usage error for options that contradict each other.

    `pipes` counts the lists read from standard input.
    """
    from hashsweep.errors import SourceError, UsageProblem

    if not stream:
        if null or length_prefixed:
            raise UsageProblem("--null and --length-prefixed need --stream")
        if not files:
            raise click.UsageError("Missing argument 'FILE...' (or --stream).")
    elif files:
        raise UsageProblem("--stream reads its requests from standard input: name no FILE")
    elif null and length_prefixed:
        raise UsageProblem("--null is for paths, and --length-prefixed takes no paths")
    elif sys.stdin is None:
        raise SourceError("--stream reads standard input, which is closed")
    if files.count("-") + stream + pipes > 1:
        raise UsageProblem("standard input can be read only once: - was given twice")


def choose_framing(
    *, null: bool, length_prefixed: bool, workers: int, most: int, stack: ExitStack
) -> "tuple[Framing, tuple[str, ...]]":
    """Return the framing, and the paths of all memory buffers (see work.prepare_work).

    At most `most` bytes are in memory at once, so no file can be larger.
    """
    from hashsweep.gate.framing import Frames, Lines
    from hashsweep.storage.places import Places

    if not length_prefixed:
        return Lines(null=null), ()
    places = Places(workers * _PLACES + 1, most, stack)
    return Frames(places, most), places.paths

"""Options that several commands share. Knows no command."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hashsweep.commands.values import Count, Distance, Real, Size
from hashsweep.hashers import HASHERS
from hashsweep.media import MAX_FRAMES

MOST_WORKERS = 4096
"""Worker processes, or threads, that may be asked for."""

FAST_DEVIATION = "0 to 4 bits, 10 at most"
"""What scaled decoding does to PDQ: DESIGN.md has the measurement."""

Command = TypeVar("Command", bound=Callable[..., Any])


class _HashOption(click.Option):
    """An option whose help names every hash, plug-ins too, but only when somebody asks."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = (self.help or "").replace("NAMES", ", ".join(HASHERS.names))
        return super().get_help_record(ctx)


def hash_option(extra: str) -> Callable[[Command], Command]:
    """`--hash NAME`, which may be repeated; `extra` says what happens without it."""
    text = f"Compute this hash; repeat for more. One of NAMES, or all. {extra}"
    return click.option(
        "--hash", "hashes", metavar="NAME", multiple=True, help=text, cls=_HashOption
    )


def match_options(command: Command) -> Command:
    """Options that say what counts as a match."""
    return stack_options(
        command,
        click.option(
            "--max-distance",
            type=Distance(),
            multiple=True,
            help="Match up to this Hamming distance, such as pdq=31 (inclusive; 31 is PDQ's "
            "default).",
        ),
        click.option(
            "--confirm",
            is_flag=True,
            help="A match on a 64-bit hash counts only if another hash of the entry agrees.",
        ),
    )


def frame_option(command: Command) -> Command:
    """The option that bounds the frames of one file."""
    return stack_options(
        command,
        click.option(
            "--max-frames",
            type=click.IntRange(min=1),
            default=MAX_FRAMES,
            show_default=True,
            help="Hash so many frames or pages of a file, the first one and others spread evenly.",
        ),
    )


def source_options(command: Command) -> Command:
    """Options that choose what is scanned."""
    return stack_options(
        command,
        click.option(
            "--files-from",
            metavar="FILE",
            help="Scan the paths in FILE, one a line; - reads them from standard input.",
        ),
        click.option(
            "-0",
            "--null",
            is_flag=True,
            help="Paths in --files-from end in NUL, as from find -print0.",
        ),
        click.option(
            "--include",
            metavar="GLOB",
            multiple=True,
            help="Scan only files whose path or name matches; may be repeated.",
        ),
        click.option(
            "--exclude",
            metavar="GLOB",
            multiple=True,
            help="Leave out files whose path or name matches; may be repeated.",
        ),
        click.option(
            "--max-file-size",
            type=Size(),
            help="Leave out larger files, such as 2G (they are counted).",
        ),
    )


def work_options(command: Command) -> Command:
    """Options that say how the work is done; large JPEGs are decoded at a reduced scale."""
    exact = click.option(
        "--exact",
        is_flag=True,
        help="Decode every JPEG in full, so that PDQ is bit-identical to the reference. Slower; "
        f"without it larger JPEGs differ by {FAST_DEVIATION}.",
    )
    return stack_options(command, exact, *_work())


def gate_work_options(command: Command) -> Command:
    """The same for a gate, which decodes in full unless it is told otherwise."""
    exact = click.option(
        "--exact/--fast",
        default=True,
        show_default=True,
        help="Decode every JPEG in full, so that PDQ is bit-identical to the reference; or, with "
        "--fast, larger ones at a reduced scale, as scan does. Then PDQ differs by "
        f"{FAST_DEVIATION}, and a file can be made to pass for another picture.",
    )
    return stack_options(command, exact, *_work())


def _work() -> tuple[Callable[[Command], Command], ...]:
    return (
        click.option(
            "--max-pixels",
            type=Count(),
            default="300M",
            show_default=True,
            help="Refuse to decode pictures that claim more pixels (they count as failed).",
        ),
        click.option(
            "--timeout",
            type=Real(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Give up on a file after so long (it counts as failed).",
        ),
        click.option(
            "--max-memory",
            type=Size(),
            default="3G",
            help="What a worker may take for one file; a file that needs more counts as failed.  "
            "[default: 3G, or less where a container's limit is lower]",
        ),
        click.option(
            "--nice", is_flag=True, help="Let other programs go first, at processor and disk."
        ),
        click.option(
            "-j",
            "--workers",
            type=click.IntRange(1, MOST_WORKERS),
            help="Worker processes.  [default: the processors this process may use, "
            "by a container's quota as well]",
        ),
        click.option(
            "--engine",
            type=click.Choice(["processes", "serial"]),
            default="processes",
            show_default=True,
            help="serial works in this process alone and is not protected from hostile files.",
        ),
    )


def stack_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Put options on a command, in this order."""
    for option in reversed(options):
        command = option(command)
    return command

"""Options that several commands share. Knows no command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hashsweep.commands.values import Count, Distance, Real, Size, Whole
from hashsweep.hashers import HASHERS
from hashsweep.media import KEEP_FRAMES, MAX_FRAMES
from hashsweep.variants import LEVELS

MOST_WORKERS = 4096
"""Worker processes, or threads, that may be requested, at most."""

FAST_DEVIATION = "0 to 4 bits, 10 at most"
"""How scaled decoding changes PDQ: benchmarks/README.md has the measurement."""

Command = TypeVar("Command", bound=Callable[..., Any])


class _HashOption(click.Option):
    """An option whose help names every hash, plug-ins too, but only when help is asked for."""

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
        click.option(
            "--variants",
            type=click.Choice(list(LEVELS)),
            default="default",
            show_default=True,
            help="How else a picture is compared than as it is stored. turns: mirrored, and "
            "turned by 90, 180 and 270 degrees. default: also as viewers show it, inverted, and "
            "with up to a third of its height or width cut off or added. thorough: also what it "
            "shows in a frame, on a screenshot or in a collage, with one side cut, and with both "
            "at once; ten times as many comparisons. docs/concepts/coverage.md has what each finds "
            "and costs.",
        ),
        click.option(
            "--possible",
            is_flag=True,
            help="Also report, apart from matches, entries that a picture possibly shows: PDQs up "
            "to 40 bits apart, as stored, whose lowest frequencies are alike. These are leads to "
            "look at and never decide anything, because among receipts, screens, logos and icons "
            "they also pair different pictures.",
        ),
    )


def frame_option(command: Command) -> Command:
    """The option that bounds the frames of one file."""
    return stack_options(
        command,
        click.option(
            "--max-frames",
            type=Whole(min=1),
            metavar="NUMBER",
            default=MAX_FRAMES,
            show_default=True,
            help="Hash at most this many frames or pages per file, spread evenly over all of them.",
        ),
    )


def keep_options(command: Command) -> Command:
    """Options for what a report keeps of pictures, to compare it with later lists."""
    return stack_options(
        command,
        click.option(
            "--keep-frames",
            type=Whole(min=0),
            metavar="NUMBER",
            default=KEEP_FRAMES,
            show_default=True,
            help="Keep the PDQs of at most this many different frames or pages in a file's row, so "
            "that a later list can be compared with them without reading the file again.",
        ),
        click.option(
            "--keep-views",
            is_flag=True,
            help="Keep the PDQs of all --variants, so that rematch and --baseline find by a later "
            "list what a new scan would find. Adds some 0.8 KB to the report for each picture, and "
            "6 KB with --variants thorough.",
        ),
    )


def _read_globs(
    _context: click.Context, _option: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the patterns in files of that name."""
    found: list[str] = []
    for name in names:
        try:
            text = Path(name).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            from hashsweep.safe_text import printable

            raise click.BadParameter(f"{printable(name)}: {error.strerror}") from error
        lines = (line.strip() for line in text.splitlines())
        found += [line for line in lines if line and not line.startswith("#")]
    return tuple(found)


def take_excluded(options: dict[str, Any]) -> None:
    """Add the patterns of --exclude-from to those of --exclude."""
    options["exclude"] += options.pop("exclude_from")


def source_options(command: Command) -> Command:
    """Options that choose what is scanned."""
    return stack_options(
        command,
        click.option(
            "--files-from",
            metavar="FILE",
            help="Scan the paths in FILE, one per line; - reads them from standard input.",
        ),
        click.option(
            "-0",
            "--null",
            is_flag=True,
            help="Paths in --files-from end with NUL, as printed by find -print0.",
        ),
        click.option(
            "--include",
            metavar="GLOB",
            multiple=True,
            help="Scan only files whose path or name matches. May be repeated.",
        ),
        click.option(
            "--exclude",
            metavar="GLOB",
            multiple=True,
            help="Skip files whose path or name matches. May be repeated.",
        ),
        click.option(
            "--exclude-from",
            metavar="FILE",
            multiple=True,
            callback=_read_globs,
            help="Read GLOBs to skip from FILE, one per line. Empty lines and lines starting with "
            "# are passed over. Repeatable.",
        ),
        click.option(
            "--max-file-size",
            type=Size(),
            help="Skip files larger than this, such as 2G (they are counted).",
        ),
    )


def work_options(command: Command) -> Command:
    """Options for workers and decoding; by default large JPEGs are decoded at reduced scale."""
    exact = click.option(
        "--exact",
        is_flag=True,
        help="Decode every JPEG in full, so that PDQ is bit-identical to the reference. Slower; "
        f"without this option larger JPEGs differ by {FAST_DEVIATION}.",
    )
    return stack_options(command, exact, *_work())


def gate_work_options(command: Command) -> Command:
    """The same options for a gate, which by default decodes in full."""
    exact = click.option(
        "--exact/--fast",
        default=True,
        show_default=True,
        help="Decode every JPEG in full, so that PDQ is bit-identical to the reference; or, with "
        "--fast, larger ones at reduced scale, as scan does. PDQ then differs by "
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
            help="Refuse to decode pictures with more pixels than this (they count as failed).",
        ),
        click.option(
            "--timeout",
            type=Real(min=0, min_open=True),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Give up on a file, on one frame or page of it, or on a disk without an answer, "
            "after this long (it counts as failed).",
        ),
        click.option(
            "--item-timeout",
            type=Real(min=0, min_open=True),
            default=300.0,
            show_default=True,
            metavar="SECONDS",
            help="Give up on a file with all its frames or pages after this long; what was "
            "compared until then still counts.",
        ),
        click.option(
            "--max-memory",
            type=Size(),
            default="3G",
            help="Memory that a worker may use for one file; a file that needs more counts as "
            "failed.  "
            "[default: 3G, or less where a container's limit is lower]",
        ),
        click.option(
            "--nice", is_flag=True, help="Give other programs priority for processor and disk."
        ),
        click.option(
            "-j",
            "--workers",
            type=Whole(1, MOST_WORKERS),
            metavar="NUMBER",
            help="Worker processes.  [default: one per processor that hashsweep may use, within "
            "a container's quota]",
        ),
        click.option(
            "--engine",
            type=click.Choice(["processes", "serial"]),
            default="processes",
            show_default=True,
            help="serial uses no worker processes and is not protected from hostile files.",
        ),
    )


def stack_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Add options to a command, in this order."""
    for option in reversed(options):
        command = option(command)
    return command

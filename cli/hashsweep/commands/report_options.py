"""Options for reports: where one goes, what it builds on, and its keys. Knows no command."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hashsweep.commands.options import stack_options
from hashsweep.commands.values import Count, Real, Share, Whole
from hashsweep.sweep.config import HOT_AFTER

Command = TypeVar("Command", bound=Callable[..., Any])


def key_option(command: Command) -> Command:
    """The option that names the keys of encrypted reports."""
    return stack_options(
        command,
        click.option(
            "--key-file",
            metavar="FILE",
            type=click.Path(),
            help="Keys of encrypted reports, one per line.  [default: the environment variable "
            "HASHSWEEP_REPORT_KEY]",
        ),
    )


def signing_option(command: Command) -> Command:
    """The option that names the key to sign a report with."""
    return stack_options(
        command,
        click.option(
            "--signing-key",
            metavar="FILE",
            type=click.Path(),
            help="Sign the finished report with this key (see `hashsweep report keygen "
            "--signing`).",
        ),
    )


def encrypt_option(command: Command) -> Command:
    """The option that says whether a report is encrypted; None if not given."""
    return stack_options(
        command,
        click.option(
            "--encrypt/--no-encrypt",
            default=None,
            help="Encrypt the report's tables with the first key in --key-file. Required "
            "(either way) when the input report is encrypted.",
        ),
    )


def report_options(command: Command) -> Command:
    """Options that say where a report goes, what it builds on and who can read it."""
    return stack_options(
        signing_option(key_option(encrypt_option(command))),
        click.option(
            "-o",
            "--output",
            metavar="REPORT",
            type=click.Path(),
            help="A new folder for the report, or a new prefix such as s3://BUCKET/PREFIX.",
        ),
        click.option(
            "--resume",
            is_flag=True,
            help="Continue the unfinished sweep in REPORT; start one if there is none.",
        ),
        click.option(
            "--or-new",
            metavar="REPORT",
            type=click.Path(),
            help="With --resume: if the sweep in -o was started with different options, lists or "
            "sources, start this new report instead. It reuses the hashes in --baseline, or else "
            "those in -o.",
        ),
        click.option(
            "--baseline",
            metavar="REPORT",
            type=click.Path(),
            help="An earlier report: files whose path, size and time are unchanged are not read "
            "again; their stored hashes are matched against today's lists.",
        ),
        click.option(
            "--reread-share",
            type=Share(),
            metavar="M/N",
            help="Read M of every N unchanged files again, different ones for each new report: "
            "with 1/30, every file is read again within 30 sweeps.",
        ),
        click.option(
            "--segment-rows",
            type=Count(),
            default="50K",
            show_default=True,
            help="Write a segment of the report after this many rows; a kill loses no more than "
            "that.",
        ),
        click.option(
            "--segment-seconds",
            type=Real(min=0),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Write a segment of the report at least this often.",
        ),
        click.option(
            "--log-file",
            metavar="FILE",
            type=click.Path(),
            help="Append JSON lines to FILE: start, end, and what failed or was skipped and why.",
        ),
    )


def _check_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    """Refuse a metrics file that would never be read."""
    if name is not None and not name.endswith(".prom"):
        from hashsweep.safe_text import printable

        raise click.BadParameter(
            f"{printable(name)}: the node exporter reads only files that end in .prom"
        )
    return name


def metrics_option(command: Command) -> Command:
    """The option that names a metrics file."""
    return stack_options(
        command,
        click.option(
            "--metrics",
            "metrics_file",
            metavar="FILE",
            type=click.Path(),
            callback=_check_name,
            help="Write metrics to FILE for Prometheus' node exporter, such as nightly.prom. "
            "Everyone can read it (mode 0644); it contains no file names and no hashes.",
        ),
    )


def decisions_option(command: Command) -> Command:
    """The option that names reviewers' decisions about earlier matches."""
    return stack_options(
        command,
        click.option(
            "--decisions",
            metavar="FILE",
            type=click.Path(),
            help="Reviewers' decisions about matches, as CSV (`hashsweep report decisions` writes "
            "one to fill in): an overturned match is marked and does not count.",
        ),
    )


def hot_option(command: Command) -> Command:
    """The option that says how many matches of one entry are suspicious."""
    return stack_options(
        command,
        click.option(
            "--hot-after",
            type=Whole(min=0),
            metavar="NUMBER",
            default=HOT_AFTER,
            show_default=True,
            help="Warn about list entries that match more than this many different pictures; 0 "
            "turns it off.",
        ),
    )

"""Options about reports: where one goes, what it builds on, and its keys. Knows no command."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hashsweep.commands.options import stack_options
from hashsweep.commands.values import Count, Real, Share
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
            help="Keys of encrypted reports, one a line; without it, the environment variable "
            "HASHSWEEP_REPORT_KEY.",
        ),
    )


def signing_option(command: Command) -> Command:
    """The option that shows that a report is what was written."""
    return stack_options(
        command,
        click.option(
            "--signing-key",
            metavar="FILE",
            type=click.Path(),
            help="Sign the report as it ends with this key (see `hashsweep report keygen "
            "--signing`).",
        ),
    )


def encrypt_option(command: Command) -> Command:
    """The option that says whether a report is encrypted; None where nothing was said."""
    return stack_options(
        command,
        click.option(
            "--encrypt/--no-encrypt",
            default=None,
            help="Encrypt the report's tables with the first key in --key-file, or not. It has to "
            "be said where it is made of an encrypted report.",
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
            help="A new folder for the report, or a new place in a store, such as s3://BUCKET/PREFIX.",
        ),
        click.option(
            "--resume",
            is_flag=True,
            help="Go on with the unfinished sweep in REPORT; begin it if there is none.",
        ),
        click.option(
            "--baseline",
            metavar="REPORT",
            type=click.Path(),
            help="An earlier report: files that have its size, time and path are not read again; "
            "their hashes are matched against today's lists.",
        ),
        click.option(
            "--reread-share",
            type=Share(),
            metavar="M/N",
            help="Read M of every N unchanged files again all the same, other ones with each new "
            "report: with 1/30 every file is looked at by today's rules within 30 sweeps.",
        ),
        click.option(
            "--segment-rows",
            type=Count(),
            default="50K",
            show_default=True,
            help="Write a part of the report after so many rows; a kill loses no more.",
        ),
        click.option(
            "--segment-seconds",
            type=Real(min=0),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="Write a part of the report after so long at the latest.",
        ),
        click.option(
            "--log-file",
            metavar="FILE",
            type=click.Path(),
            help="Add JSON lines to FILE: what failed or was skipped and why, beginning and end.",
        ),
    )


def _warn(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    """Warn of a file of metrics that would never be read."""
    if name is not None and not name.endswith(".prom"):
        from hashsweep.safe_text import printable

        text = f"--metrics {printable(name)}: the node exporter reads only files that end in .prom"
        click.echo(f"hashsweep: {text}", err=True)
    return name


def metrics_option(command: Command) -> Command:
    """The option that names a file of metrics."""
    return stack_options(
        command,
        click.option(
            "--metrics",
            "metrics_file",
            metavar="FILE",
            type=click.Path(),
            callback=_warn,
            help="Write metrics to FILE for Prometheus' node exporter, such as nightly.prom: all "
            "may read it (mode 0644), and it names no file and no hash.",
        ),
    )


def decisions_option(command: Command) -> Command:
    """The option that names decisions of people about earlier matches."""
    return stack_options(
        command,
        click.option(
            "--decisions",
            metavar="FILE",
            type=click.Path(),
            help="What people decided about matches, as CSV (`hashsweep report decisions` writes "
            "one to fill in): an overturned match is marked and does not count.",
        ),
    )


def hot_option(command: Command) -> Command:
    """The option that says which entries match too much to be right."""
    return stack_options(
        command,
        click.option(
            "--hot-after",
            type=click.IntRange(min=0),
            default=HOT_AFTER,
            show_default=True,
            help="Warn of entries of lists that look like more than so many different pictures; 0 "
            "for no warning.",
        ),
    )

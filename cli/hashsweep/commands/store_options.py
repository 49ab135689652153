"""Options for object stores and for sweeps that several machines share. Knows no command."""

from typing import Any

import click

from hashsweep.commands.options import Command, stack_options
from hashsweep.commands.values import Real, Share, Size, Whole

WEB_TIMEOUT = 300.0
"""The default of storage.options, repeated because an import would slow `--help`."""


class Host(click.ParamType[str]):
    """HOST[:PORT]."""

    name = "HOST[:PORT]"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the host in the form in which hosts are compared."""
        from hashsweep.storage.origins import read_host

        try:
            return read_host(value.strip())
        except ValueError:
            self.fail(f"{value!r} does not look like cdn.example or cdn.example:8443", param, ctx)


def store_options(command: Command) -> Command:
    """Options that say how object stores are reached."""
    return stack_options(
        command,
        click.option(
            "--endpoint",
            metavar="URL",
            help="The URL of an S3-compatible store.  [default: AWS_ENDPOINT_URL, else Amazon]",
        ),
        click.option("--anonymous", is_flag=True, help="Read public buckets without credentials."),
        click.option(
            "--fetch-timeout",
            type=Real(min=0, max=86_400, min_open=True),
            default=20.0,
            show_default=True,
            metavar="SECONDS",
            help="Retry, or give up, when a store is silent for this long.",
        ),
        click.option(
            "--retries",
            type=Whole(0, 1000),
            metavar="NUMBER",
            default=4,
            show_default=True,
            help="Retries of a request that a store failed to answer.",
        ),
        click.option(
            "--window",
            type=Size(),
            default="64M",
            show_default=True,
            help="Bytes that each worker requests ahead.",
        ),
        click.option(
            "--spool-above",
            type=Size(),
            default="64M",
            show_default=True,
            help="Larger objects use an unnamed file in TMPDIR; others stay in memory.",
        ),
        click.option(
            "--allow-host",
            "allow_hosts",
            type=Host(),
            multiple=True,
            help="Fetch http and https addresses in a manifest from this host; those on other "
            "hosts fail. Without a port: 80 for http, 443 for https. May be repeated.",
        ),
        click.option(
            "--web-timeout",
            type=Real(min=0, max=86_400, min_open=True),
            default=WEB_TIMEOUT,
            show_default=True,
            metavar="SECONDS",
            help="Give up on an object from such a host after this long, retries included.",
        ),
    )


def shard_option(command: Command) -> Command:
    """The option that shares a sweep among machines."""
    return stack_options(
        command,
        click.option(
            "--shard",
            type=Share("I/N", "1/4"),
            help="Scan part I of N of the sources, such as 1/4; which part an item "
            "belongs to depends only on its name.",
        ),
    )

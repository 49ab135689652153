"""Options that take out what names a file or a person, and the redaction that they come to.

Knows no command.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashsweep.commands.options import Command, stack_options

if TYPE_CHECKING:
    from hashsweep.output.redaction import Redaction


def redact_options(command: Command) -> Command:
    """Options of what is written for readers without clearance; `redaction_of` takes them."""
    return stack_options(
        command,
        click.option(
            "--redact",
            is_flag=True,
            help="Put keyed hashes in place of names, and leave out the files' own hashes and what "
            "else could name a file.",
        ),
        click.option(
            "--redact-key",
            metavar="FILE",
            type=click.Path(),
            help="The key of --redact (as `hashsweep report keygen` makes it): the same name has "
            "the same hash under the same key.",
        ),
    )


def redaction_of(
    *, redact: bool, redact_key: str | None, with_hashes: bool = False
) -> "Redaction | None":
    """Return the redaction, None without; raises UsageProblem for one option without the other."""
    from hashsweep.errors import UsageProblem

    if not redact:
        alone = ["--redact-key"] * (redact_key is not None) + ["--with-hashes"] * with_hashes
        if alone:
            raise UsageProblem(f"{', '.join(alone)}: goes with --redact alone")
        return None
    if redact_key is None:
        raise UsageProblem("--redact needs a key: name one with --redact-key")
    from hashsweep.output.redaction import Redaction

    return Redaction.load(Path(redact_key), hashes=with_hashes)

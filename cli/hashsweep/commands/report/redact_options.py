"""Options that remove what names a file or a person, and the redaction they make.

Knows no command.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashsweep.commands.options import Command, stack_options

if TYPE_CHECKING:
    from hashsweep.output.redaction import Redaction


def redact_options(command: Command) -> Command:
    """Options for output that readers without clearance get, for `redaction_of`."""
    return stack_options(
        command,
        click.option(
            "--redact",
            is_flag=True,
            help="Replace names by keyed hashes, and leave out the files' own hashes and anything "
            "else that could identify a file.",
        ),
        click.option(
            "--redact-key",
            metavar="FILE",
            type=click.Path(),
            help="The key for --redact (made by `hashsweep report keygen`): the same name gets "
            "the same hash with the same key.",
        ),
    )


def redaction_of(
    *, redact: bool, redact_key: str | None, with_hashes: bool = False
) -> "Redaction | None":
    """Return the redaction or None; raises UsageProblem for one option without the other."""
    from hashsweep.errors import UsageProblem

    if not redact:
        alone = ["--redact-key"] * (redact_key is not None) + ["--with-hashes"] * with_hashes
        if alone:
            raise UsageProblem(f"{', '.join(alone)} can only be used with --redact")
        return None
    if redact_key is None:
        raise UsageProblem("--redact needs a key: give one with --redact-key")
    from hashsweep.output.redaction import Redaction

    return Redaction.load(Path(redact_key), hashes=with_hashes)

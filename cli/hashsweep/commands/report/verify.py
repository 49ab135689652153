"""`hashsweep report verify`: checks that a report is still what its sweep wrote."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode, ReportError
from hashsweep.storage.uris import is_remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hashsweep.report.encryption import Keys
    from hashsweep.report.signing import Verifier
    from hashsweep.report.verify import Finding


@click.command(
    epilog="""\b
Examples:
  hashsweep report verify report
  hashsweep report verify report --public-key sign.key.pub
  hashsweep report verify /var/lib/hashsweep/reports/* --key-file report.key
"""
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option(
    "--public-key",
    metavar="FILE",
    type=click.Path(),
    help="Require a signature by this key (made by `hashsweep report keygen --signing`).",
)
@click.option(
    "--signature",
    metavar="FILE",
    type=click.Path(),
    help="The signature, if it is not sweep.json.sig in REPORT.",
)
@key_option
def verify(
    names: tuple[str, ...], public_key: str | None, signature: str | None, key_file: str | None
) -> int:
    """Check that each REPORT is still what its sweep wrote.

    Compares SHA-256, size and rows of every segment with sweep.json, looks for segments that are
    missing or do not belong there, recounts the rows, and looks up each match's item. Rows of
    encrypted reports are checked only with the key. Prints one line per finding, the verdict last.

    Exit status: 0 all is well, 4 what exists is intact but something is missing (an unfinished
    report), 2 something was altered or damaged.
    """
    from hashsweep.report.encryption import Keys
    from hashsweep.report.signing import Verifier

    if signature is not None and (public_key is None or len(names) > 1):
        raise click.UsageError("--signature needs --public-key and exactly one REPORT")
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    verifier = Verifier.load(Path(public_key)) if public_key is not None else None
    other = Path(signature) if signature is not None else None
    found = {_describe(name, _findings(name, keys, verifier, other)) for name in names}
    order = (ExitCode.USAGE, ExitCode.INCOMPLETE, ExitCode.CLEAN)
    return next(each for each in order if each in found)


def _findings(
    name: str, keys: "Keys | None", verifier: "Verifier | None", signature: Path | None
) -> "Iterator[Finding]":
    from hashsweep.report.verify import Finding, Weight
    from hashsweep.report.verify import verify as findings

    if not is_remote(name):
        yield from findings(Path(name), keys, verifier, signature)
        return
    from hashsweep.report.object_store import at_hand  # and with it obstore

    try:
        with at_hand(name) as path:
            yield from findings(path, keys, verifier, signature)
    except ReportError as error:
        yield Finding(Weight.ALTERED, str(error))


def _describe(path: str, findings: "Iterable[Finding]") -> ExitCode:
    """Print the findings for one report; return its exit status."""
    from hashsweep.report.verify import Weight
    from hashsweep.safe_text import printable

    name, weights = printable(path), set()
    for finding in findings:
        weights.add(finding.weight)
        click.echo(f"{name}: {finding.weight.value}: {printable(finding.text)}")
    if Weight.ALTERED in weights:
        click.echo(f"{name}: NOT WHAT ITS SWEEP WROTE, or cannot be read")
        return ExitCode.USAGE
    if Weight.INCOMPLETE in weights:
        click.echo(f"{name}: INCOMPLETE; what exists was not altered")
        return ExitCode.INCOMPLETE
    click.echo(f"{name}: good")
    return ExitCode.CLEAN

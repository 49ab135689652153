"""`hashsweep report sign`: a detached signature for an existing report."""

from pathlib import Path

import click

from hashsweep.errors import ExitCode, ReportError


@click.command(
    epilog="""\b
Examples:
  hashsweep report keygen --signing -o sign.key
  hashsweep report sign report --signing-key sign.key
  hashsweep report verify report --public-key sign.key.pub
"""
)
@click.argument("name", metavar="REPORT")
@click.option(
    "--signing-key",
    required=True,
    metavar="FILE",
    type=click.Path(),
    help="The private key (see `hashsweep report keygen --signing`).",
)
def sign(name: str, signing_key: str) -> int:
    """Sign a REPORT's sweep.json, which holds the digests of all its segments.

    First the segments are compared with their digests. A report that was altered, or that its sweep
    never closed, is not signed. The signature is sweep.json.sig in REPORT: 64 bytes, Ed25519, which
    openssl can check as well:

    \b
    openssl pkeyutl -verify -pubin -inkey sign.key.pub -rawin \\
      -in report/sweep.json -sigfile report/sweep.json.sig
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from hashsweep.report.folder import SIGNATURE, ReportFolder
    from hashsweep.report.segments import SWEEP, sweep_of
    from hashsweep.report.signing import Signer
    from hashsweep.safe_text import printable

    signer, path = Signer.load(Path(signing_key)), Path(name)
    sweep_of(path)  # leave a folder that is not a report alone
    _check(path)
    with ReportFolder(path, resume=True) as report:  # no sweep can resume meanwhile
        if (path / SIGNATURE).exists():
            raise ReportError(f"{path / SIGNATURE} already exists: move it away first")
        report.place_bytes(SIGNATURE, signer.sign((path / SWEEP).read_bytes()))
    click.echo(f"{printable(name)} is signed by key {signer.verifier.id}")
    return ExitCode.CLEAN


def _check(path: Path) -> None:
    """Raise ReportError unless everything is as the sweep wrote it."""
    from hashsweep.report.open_report import OpenReport
    from hashsweep.report.verify import Weight, verify

    for finding in verify(path, rows=False):
        if finding.weight is Weight.ALTERED:
            raise ReportError(f"{path} is not signed: {finding.text}")
    report = OpenReport(path)
    if report.state not in ("complete", "interrupted") or not report.sweep.segments:
        raise ReportError(f"{path} is not signed: its sweep did not close it")

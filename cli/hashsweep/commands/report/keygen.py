"""`hashsweep report keygen`: makes a key file."""

import datetime
import os
from contextlib import ExitStack
from pathlib import Path

import click

from hashsweep.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  hashsweep report keygen -o report.key
  hashsweep scan /srv/media --list known.csv -o report --encrypt --key-file report.key
  hashsweep report keygen --signing -o sign.key
"""
)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The key file: a new file, mode 0600."
)
@click.option(
    "--signing",
    is_flag=True,
    help="Make a key pair that signs reports (Ed25519): the private key in FILE, the public "
    "key in FILE.pub. It cannot encrypt.",
)
def keygen(output: str, *, signing: bool) -> int:
    """Make a key file for `hashsweep scan --encrypt`, or keys that sign reports.

    If you lose the key, you lose the reports: keep a copy of it away from them. To
    change keys, put the new key above the old ones in one file: the first encrypts, all decrypt.
    """
    from hashsweep.report.encryption import key_id, new_key
    from hashsweep.safe_text import printable

    if signing:
        return _make_signing_keys(output)
    key = new_key()
    identifier = key_id(bytes.fromhex(key))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    _write(output, f"# hashsweep report key {identifier}, made {today}\n{key}\n".encode(), 0o600)
    click.echo(f"key {identifier} is in {printable(output)}")
    return ExitCode.CLEAN


def _make_signing_keys(output: str) -> int:
    """Make a private key and its public key; never overwrites a file."""
    from hashsweep.report.signing import Signer
    from hashsweep.safe_text import printable

    signer, public = Signer.new(), f"{output}.pub"
    _write(output, signer.pem(), 0o600)
    with ExitStack() as on_error:
        on_error.callback(os.unlink, output)
        _write(public, signer.verifier.pem(), 0o644)
        on_error.pop_all()
    click.echo(
        f"signing key {signer.verifier.id} is in {printable(output)}, its public key in "
        f"{printable(public)}"
    )
    return ExitCode.CLEAN


def _write(name: str, content: bytes, mode: int) -> None:
    """Write a new file and flush it to disk; raises ReportError."""
    from hashsweep.atomic_files import new_file

    with new_file(Path(name), mode) as file:
        file.write(content)

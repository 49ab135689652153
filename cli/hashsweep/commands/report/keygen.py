"""`hashsweep report keygen`: a new key file."""

import datetime
import os

import click

from hashsweep.errors import ExitCode, ReportError


@click.command(
    epilog="""\b
Examples:
  hashsweep report keygen -o report.key
  hashsweep scan /srv/media --list known.csv -o report --encrypt --key-file report.key
"""
)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The key file, a new one, mode 0600."
)
def keygen(output: str) -> int:
    """Make a key file for `hashsweep scan --encrypt`.

    Whoever loses the key loses the reports: keep a copy of it in another place than theirs. To
    change keys, put the new one before the old ones in one file: the first encrypts, all decrypt.
    """
    from hashsweep.report.encryption import key_id, new_key
    from hashsweep.report.names import shown

    key = new_key()
    identifier = key_id(bytes.fromhex(key))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(f"# hashsweep report key {identifier}, made {today}\n{key}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ReportError(f"{output}: {error.strerror}") from error
    click.echo(f"key {identifier} is in {shown(output)}")
    return ExitCode.CLEAN

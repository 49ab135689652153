"""`hashsweep report show`: rows of a report as a table, CSV or JSON lines."""

import sys
from itertools import islice
from pathlib import Path

import click

from hashsweep.commands.options import key_option
from hashsweep.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  hashsweep report show report
  hashsweep report show report --what failed --format csv > failed.csv
  hashsweep report show report --what files --format jsonl --key-file report.key | jq .uri
"""
)
@click.argument("name", metavar="REPORT")
@click.option(
    "--what",
    type=click.Choice(["matches", "files", "failed"]),
    default="matches",
    show_default=True,
    help="One row a match, a file, or a file that could not be scanned.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl"]),
    default="table",
    show_default=True,
    help="A table of the main columns; all columns as CSV that is safe for spreadsheets, or as "
    "a JSON object a line, with names exactly as they are.",
)
@click.option("--limit", type=click.IntRange(min=0), help="Stop after so many rows.")
@key_option
def show(name: str, what: str, form: str, limit: int | None, key_file: str | None) -> int:
    """Print rows of a REPORT, decrypted where need be.

    Exit status: 0, or 4 if the report is unfinished, so that rows may be missing.
    """
    from hashsweep.report.encryption import Keys
    from hashsweep.report.names import shown
    from hashsweep.report.opened import OpenReport
    from hashsweep.report.rendering import FORMATS, IN_TABLE, columns, rows
    from hashsweep.report.schema import STATES

    report = OpenReport(name, Keys.load(Path(key_file) if key_file is not None else None))
    table = "matches" if what == "matches" else "files"
    names = report.names(table)
    wanted = columns(report.part(table, names[0]).schema) if names else []
    found = islice(rows(report.parts(table), failed=what == "failed"), limit)
    sys.stdout.writelines(FORMATS[form](found, IN_TABLE[what] if form == "table" else wanted))
    sys.stdout.flush()
    if report.is_whole:
        return ExitCode.CLEAN
    click.echo(f"hashsweep: {shown(name)}: {STATES[report.state]}; rows may be missing", err=True)
    return ExitCode.INCOMPLETE

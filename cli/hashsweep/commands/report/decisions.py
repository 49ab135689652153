"""`hashsweep report decisions`: matches as a CSV to fill in, for `scan --decisions`."""

import sys
from pathlib import Path

import click

from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  hashsweep report decisions report -o to-decide.csv
  hashsweep scan /srv/media --list known.csv -o next --decisions to-decide.csv

In the column `decision`, write confirmed or overturned. `by` and `when` (2026-11-24) are
optional notes; of two decisions about the same, the later `when` counts. Rows without a
decision have no effect.
"""
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", help="A new file, mode 0600.  [default: standard output]"
)
@click.option(
    "--names", "with_names", is_flag=True, help="Add the name of one of the files (column uri)."
)
@key_option
def decisions(
    names: tuple[str, ...], output: str | None, *, with_names: bool, key_file: str | None
) -> int:
    """Write the matches to decide on as CSV: one row per content and list entry.

    All copies and near copies of a picture share one row. Earlier decisions are included.
    Exit status: 0, or 4 if a report is unfinished and rows may be missing.
    """
    from hashsweep.analysis.review_queue import as_csv, matches_of, to_decide
    from hashsweep.atomic_files import new_file
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, gaps_of

    keys = Keys.load(Path(key_file) if key_file is not None else None)
    reports = [OpenReport(name, keys) for name in names]
    said = gaps_of(reports)  # before the first row: it detects a damaged report
    lines = as_csv(to_decide(matches_of(reports)), names=with_names)
    if output is None:
        sys.stdout.writelines(lines)
        sys.stdout.flush()
    else:
        with new_file(Path(output)) as file:
            file.writelines(line.encode() for line in lines)
    for line in said:
        click.echo(f"hashsweep: {line}", err=True)
    return ExitCode.INCOMPLETE if said else ExitCode.CLEAN

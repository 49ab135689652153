"""`hashsweep report prune`: removes old reports that nobody needs any more, if told so."""

from pathlib import Path

import click

from hashsweep.commands.report_options import key_option
from hashsweep.commands.values import Whole
from hashsweep.errors import ExitCode, UsageProblem


@click.command(
    epilog="""\b
Examples:
  hashsweep report prune /var/lib/hashsweep/nightly --keep-daily 14 --keep-monthly 12
  hashsweep report prune /var/lib/hashsweep/nightly --keep-daily 14 --keep-monthly 12 --yes
"""
)
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--keep-daily",
    type=Whole(min=0, max=100_000),
    metavar="NUMBER",
    default=0,
    help="Keep the newest report of each of the last NUMBER days, in UTC, that have one.",
)
@click.option(
    "--keep-monthly",
    type=Whole(min=0, max=100_000),
    metavar="NUMBER",
    default=0,
    help="Keep the newest report of each of the last NUMBER months that have one.",
)
@click.option("--yes", is_flag=True, help="Remove them. Without it, they are only named.")
@key_option
def prune(
    folder: str, *, keep_daily: int, keep_monthly: int, yes: bool, key_file: str | None
) -> int:
    """Print which reports directly below FOLDER would be removed, and why others stay.

    Whatever its age, a report stays if it is the newest complete one of its sources, if another
    one is based on it, if it has a match that is undecided or confirmed, if rows were exported, if
    it has a hold (`hashsweep report hold`), if what is new is counted from it, if its sweep is
    running, or if it cannot be read.

    Exit status: 0, or 2 if a report could not be removed.
    """
    from hashsweep.report.encryption import Keys
    from hashsweep.runs.retention import Keep, plan_removal, remove_report
    from hashsweep.safe_text import printable

    if not (keep_daily or keep_monthly):
        raise UsageProblem("say what is kept: --keep-daily NUMBER, --keep-monthly NUMBER or both")
    if not Path(folder).is_dir():
        raise UsageProblem(f"{printable(folder)} is not a folder")
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    fates = plan_removal(Path(folder), Keep(keep_daily, keep_monthly), keys)
    removed = 0
    for each in fates:
        name = printable(each.path.name)
        if each.why_kept is not None:
            click.echo(f"keep    {name}: {printable(each.why_kept)}")
            continue
        if yes:
            remove_report(each.path)
        removed += 1
        click.echo(f"{'removed' if yes else 'remove '} {name}")
    reports = f"{removed:,} of {len(fates):,} report{'s' * (len(fates) != 1)}"
    if yes:
        click.echo(f"{reports} removed")
    elif removed:
        click.echo(f"{reports} would be removed; nothing was. Add --yes to remove them.")
    else:
        click.echo(f"{reports} would be removed")
    return ExitCode.CLEAN

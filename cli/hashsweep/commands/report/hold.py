"""`hashsweep report hold`: keeps a report from being removed by `report prune`."""

from pathlib import Path

import click

from hashsweep.errors import ExitCode, UsageProblem


@click.command(
    epilog="""\b
Examples:
  hashsweep report hold reports/2026-12-01T021500Z --reason "preservation request 26-1182"
  hashsweep report hold reports/2026-12-01T021500Z --release
"""
)
@click.argument("name", metavar="REPORT")
@click.option(
    "--reason",
    metavar="TEXT",
    default="",
    help="Why, for whoever finds the hold: such as the number of a request.",
)
@click.option("--release", is_flag=True, help="Lift the hold.")
def hold(name: str, *, reason: str, release: bool) -> int:
    """Keep REPORT from being removed by `report prune` and by named sweeps.

    It stays until --release. The hold is a file in the report's folder, hold.json. It changes
    nothing that a signature covers, and keeps nobody from removing the folder by other means.
    """
    from hashsweep.report.keeping import lift_hold, set_hold
    from hashsweep.safe_text import printable

    if release and reason:
        raise UsageProblem("--reason is about a new hold: leave it or --release out")
    if release:
        lift_hold(Path(name))
        click.echo(f"{printable(name)} has no hold any more")
    else:
        set_hold(Path(name), reason)
        click.echo(f"{printable(name)} has a hold: it is not removed")
    return ExitCode.CLEAN

"""`hashsweep report summary`: totals of reports, also of those that were killed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode


@click.command(
    epilog="""\b
Examples:
  hashsweep report summary report
  hashsweep report summary /var/lib/hashsweep/reports/*
  hashsweep report summary report-1-of-4 report-2-of-4 report-3-of-4 report-4-of-4 --total
  hashsweep report summary report --json | jq .total.tally.matched_items
"""
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option("--total", "total_alone", is_flag=True, help="Print the total alone.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print an object with `reports` (what sweep.json says of each, as of now) and `total`.",
)
@key_option
def summary(
    *, names: tuple[str, ...], total_alone: bool, as_json: bool, key_file: str | None
) -> int:
    """Print the summary of each REPORT again, as `hashsweep scan` did at its end.

    Of several, their total comes last: sums, for reports of shards or of different sources. A sweep
    that is unfinished or a shard that is missing makes it incomplete. (Of repeated sweeps of one
    source `hashsweep report stats` counts every item once.)

    An unfinished one is added up from its rows, for which the key is needed if they are
    encrypted. Exit status: as of the sweeps, added up, and of the total.
    """
    from hashsweep.analysis.totals import about_of, status, total_of
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, damaged

    keys = Keys.load(Path(key_file) if key_file is not None else None)
    reports = {name: about_of(OpenReport(name, keys)) for name in names}
    code = ExitCode.CLEAN
    for name, about in reports.items():
        with damaged(f"{name}/sweep.json"):
            code = ExitCode(code | status(about))
    total = None
    if as_json or total_alone or len(reports) > 1:
        with damaged(f"{' or '.join(reports)}: sweep.json"):
            total = total_of(list(reports.values()))
    if as_json:
        each = [{"report": name, **about} for name, about in reports.items()]
        printed = {"total": total} if total_alone else {"reports": each, "total": total}
        click.echo(json.dumps(printed, indent=2))
    else:
        _print({} if total_alone else reports, total)
    is_of_several = total_alone or len(reports) > 1
    return ExitCode(code | status(total)) if total and is_of_several else code


def _print(reports: Mapping[str, Mapping[str, Any]], total: dict[str, Any] | None) -> None:
    from hashsweep.output.summary import print_summary
    from hashsweep.report.open_report import damaged

    for number, (name, about) in enumerate(reports.items()):
        if number:
            click.echo()
        with damaged(f"{name}/sweep.json"):
            print_summary(dict(about), name)
        _print_end(about)
    if total:
        if reports:
            click.echo()
        with damaged(f"{' or '.join(reports)}: sweep.json"):
            print_summary(total, None)


def _print_end(about: Mapping[str, Any]) -> None:
    """Say how a sweep that was stopped goes on, and what stopped it."""
    from hashsweep.report.schema import STATES
    from hashsweep.safe_text import shown

    if about["state"] in ("interrupted", "killed"):
        further = "its command and --resume go on"
        if "rematch_of" in about:
            further = "a rematch is begun anew, in a new folder"
        click.echo(f"{STATES[about['state']].capitalize()}: {further}.")
    if about.get("error"):
        click.echo(f"What stopped it: {shown(str(about['error']))}")

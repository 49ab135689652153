"""`hashsweep report summary`: totals of reports, including those of killed sweeps."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.report_options import key_option

if TYPE_CHECKING:
    from hashsweep.analysis.totals import Total
    from hashsweep.report.sweep_json import SweepInfo


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
@click.option("--total", "total_alone", is_flag=True, help="Print only the total.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one object with `reports` (each sweep.json, brought up to date) and `total`.",
)
@key_option
def summary(
    *, names: tuple[str, ...], total_alone: bool, as_json: bool, key_file: str | None
) -> int:
    """Print each REPORT's summary again, as `hashsweep scan` printed it.

    With several, their total comes last: sums, for reports of shards or of different sources. An
    unfinished sweep or a missing shard makes it incomplete. (For repeated sweeps of one source,
    `hashsweep report stats` counts every item once.)

    Totals of an unfinished report are counted from its rows, which needs the key if they are
    encrypted. Exit status: that of the sweeps by their --fail-on, added up; 4 or 5 if something is
    missing from the whole.
    """
    from hashsweep.analysis.totals import info_of, status_of_all, total_of
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport
    from hashsweep.report.outcome import status_of
    from hashsweep.report.sweep_json import to_json

    keys = Keys.load(Path(key_file) if key_file is not None else None)
    reports = {name: info_of(OpenReport(name, keys)) for name in names}
    is_of_several = total_alone or len(reports) > 1
    total = total_of([*reports.values()]) if as_json or is_of_several else None
    if as_json:
        printed: dict[str, Any] = {"total": to_json(total)} if total else {}
        if not total_alone:
            each = [{"report": name, **to_json(info)} for name, info in reports.items()]
            printed = {"reports": each, **printed}
        click.echo(json.dumps(printed, indent=2))
    else:
        _print({} if total_alone else reports, total)
    infos = [*reports.values()]
    return status_of_all(infos) if is_of_several else status_of(infos[0])


def _print(reports: Mapping[str, "SweepInfo"], total: "Total | None") -> None:
    from hashsweep.output.summary import print_summary, print_total

    for number, (name, info) in enumerate(reports.items()):
        if number:
            click.echo()
        print_summary(info, name)
        _print_end(info)
    if total:
        if reports:
            click.echo()
        print_total(total)


def _print_end(info: "SweepInfo") -> None:
    """Say how to continue a sweep that was stopped, and what stopped it."""
    from hashsweep.report.sweep_json import STATES
    from hashsweep.safe_text import printable

    if info.state in ("interrupted", "killed"):
        further = "run its command again with --resume"
        if info.kind == "rematch":
            further = "start a rematch again, in a new folder"
        click.echo(f"{STATES[info.state].capitalize()}: {further}.")
    if info.error:
        click.echo(f"What stopped it: {printable(info.error)}")

"""`hashsweep report summary`: totals of reports, also of those that were killed."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.options import key_option
from hashsweep.errors import ExitCode, ReportError

if TYPE_CHECKING:
    from hashsweep.report.encryption import Keys


@click.command(
    epilog="""\b
Examples:
  hashsweep report summary report
  hashsweep report summary /var/lib/hashsweep/reports/*
"""
)
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True)
@key_option
def summary(reports: tuple[str, ...], key_file: str | None) -> int:
    """Print the summary of each REPORT again, as `hashsweep scan` did at its end.

    An unfinished one is added up from its rows, for which the key is needed if they are
    encrypted. Exit status: as of the sweeps, added up.
    """
    from hashsweep.report.encryption import Keys

    keys = Keys.load(Path(key_file) if key_file is not None else None)
    total = 0
    for number, name in enumerate(reports):
        if number:
            click.echo()
        total |= _summary(Path(name), keys)
    return total


def _summary(folder: Path, keys: "Keys | None") -> ExitCode:
    from hashsweep.report import schema
    from hashsweep.report.names import shown
    from hashsweep.report.reader import sweep_of
    from hashsweep.report.schema import STATES
    from hashsweep.report.summary import print_summary
    from hashsweep.report.unfinished import state_of

    about = sweep_of(folder)
    if about.get("report_version") not in schema.READ:
        written_by = shown(str(about.get("hashsweep")))
        raise ReportError(f"report {folder} is of another version: hashsweep {written_by} reads it")
    about["state"] = state_of(folder, about)
    try:
        if about["state"] in ("running", "killed"):
            about = _added_up(folder, about, keys)
        print_summary(about, str(folder))
        matched = about["tally"]["matched_items"] > 0
        incomplete = about["incomplete"] or about["state"] != "complete"
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"report {folder}/sweep.json is damaged: {error!r}") from error
    if about["state"] in ("interrupted", "killed"):
        further = "its command and --resume go on"
        if "rematch_of" in about:
            further = "a rematch is begun anew, in a new folder"
        click.echo(f"{STATES[about['state']].capitalize()}: {further}.")
    if about.get("error"):
        click.echo(f"What stopped it: {shown(str(about['error']))}")
    return ExitCode(ExitCode.MATCHES * matched + ExitCode.INCOMPLETE * incomplete)


def _added_up(folder: Path, about: dict[str, Any], keys: "Keys | None") -> dict[str, Any]:
    """Return `about` with totals from the rows, as of the last part."""
    from hashsweep.report.reader import parts
    from hashsweep.report.unfinished import totals

    written = [path.stat().st_mtime for path in parts(folder, "files")]
    last = datetime.datetime.fromtimestamp(max(written), datetime.UTC) if written else None
    ended = last.isoformat(timespec="milliseconds") if last else about["started"]
    tally = totals(folder, about, keys).to_json()
    run = about["runs"][-1]
    run |= {name: tally[name] - run[f"{name}_before"] for name in ("items", "bytes")}
    run["ended"] = ended
    facts: dict[str, Any] = {
        "incomplete": True,
        "ended": ended,
        "workers_confined": [],
        "chance_matches": {},
    }
    return {**about, **facts, "tally": tally}

"""`hashsweep report`: what reports say, also encrypted and unfinished ones, and keys for them."""

import datetime
import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.options import key_option
from hashsweep.errors import ExitCode, ReportError

if TYPE_CHECKING:
    from hashsweep.report.encryption import Keys


@click.group(
    epilog="""\b
Examples:
  hashsweep report summary report
  hashsweep report show report --what failed
  hashsweep report keygen -o report.key
"""
)
def report() -> None:
    """Print summaries and rows of reports, and make keys for them."""


@report.command(
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


@report.command(
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
    from hashsweep.report.reader import Part, parts, sealed_as, sweep_of
    from hashsweep.report.rendering import FORMATS, IN_TABLE, columns, rows
    from hashsweep.report.schema import STATES
    from hashsweep.report.unfinished import check_gapless, state_of

    folder = Path(name)
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    sweep = sweep_of(folder)
    report_id = sealed_as(sweep)
    table = "matches" if what == "matches" else "files"
    paths = parts(folder, table)
    check_gapless(parts(folder, "files"))
    if not paths and state_of(folder, sweep) == "complete":
        raise ReportError(f"report {folder} is damaged: it has no part of {table}")
    wanted = columns(Part(paths[0], keys, report_id).schema) if paths else []
    opened = (Part(path, keys, report_id) for path in paths)
    found = islice(rows(opened, failed=what == "failed"), limit)
    sys.stdout.writelines(FORMATS[form](found, IN_TABLE[what] if form == "table" else wanted))
    sys.stdout.flush()
    state = state_of(folder, sweep)
    if state == "complete":
        return ExitCode.CLEAN
    click.echo(f"hashsweep: {_shown(name)}: {STATES[state]}; rows may be missing", err=True)
    return ExitCode.INCOMPLETE


@report.command(
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
    click.echo(f"key {identifier} is in {_shown(output)}")
    return ExitCode.CLEAN


def _summary(folder: Path, keys: "Keys | None") -> ExitCode:
    from hashsweep.report import schema
    from hashsweep.report.reader import sweep_of
    from hashsweep.report.schema import STATES
    from hashsweep.report.summary import print_summary
    from hashsweep.report.unfinished import state_of

    about = sweep_of(folder)
    if about.get("report_version") not in schema.READ:
        written_by = _shown(str(about.get("hashsweep")))
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
        click.echo(f"{STATES[about['state']].capitalize()}: its command and --resume go on.")
    if about.get("error"):
        click.echo(f"What stopped it: {_shown(str(about['error']))}")
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


def _shown(text: str) -> str:
    from hashsweep.report.names import shown

    return shown(text)

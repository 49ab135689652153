"""`hashsweep report show`: rows of reports as a table, CSV or JSON lines."""

import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.report.filter_options import (
    check_order,
    filter_of,
    filter_options,
    select_swept,
    sweep_options,
)
from hashsweep.commands.report_options import key_option
from hashsweep.commands.values import Whole
from hashsweep.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from hashsweep.analysis.selection import Selection
    from hashsweep.report.open_report import OpenReport


@click.command(
    epilog="""\b
Examples:
  hashsweep report show report
  hashsweep report show reports/* --list iwf --tier near --tier far --swept-since 2026-03-01
  hashsweep report show report --path '*/avatars/*' --max-distance 10
  hashsweep report show report --clusters
  hashsweep report show report --possible
  hashsweep report show today --new-since yesterday
  hashsweep report show today --new-since yesterday --what failed
  hashsweep report show report --what failed --format csv > failed.csv
  hashsweep report show report --what files --format jsonl --key-file report.key | jq .uri
"""
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option(
    "--what",
    type=click.Choice(["matches", "retractions", "files", "failed"]),
    default="matches",
    show_default=True,
    help="Rows to print: matches, matches retracted by a rematch, all files, or failed files.",
)
@click.option(
    "--possible",
    is_flag=True,
    help="Instead of these, print what files possibly show, one row per file and entry: leads of a "
    "sweep with --possible, which are not matches.",
)
@filter_options
@sweep_options
@click.option(
    "--new-since",
    "earlier",
    metavar="REPORT",
    multiple=True,
    help="Only matches that this earlier report does not have for the same file and entry; "
    "with --what failed, files that did not fail there, or not for all of these reasons.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl"]),
    default="table",
    show_default=True,
    help="A table of the main columns; all columns as CSV (safe for spreadsheets); or all as "
    "JSON, one object per line, with names exactly as they are.",
)
@click.option(
    "--clusters",
    "by_cluster",
    is_flag=True,
    help="Group matches by content: one line per cluster of copies and near copies and entry "
    "that it matches, most copies first.",
)
@click.option(
    "--limit",
    type=Whole(0, 10**12),
    metavar="NUMBER",
    help="Stop after this many rows.",
)
@key_option
def show(
    *,
    names: tuple[str, ...],
    what: str,
    form: str,
    by_cluster: bool,
    possible: bool,
    limit: int | None,
    key_file: str | None,
    swept_since: tuple[int, int] | None,
    swept_until: tuple[int, int] | None,
    earlier: tuple[str, ...],
    **options: Any,
) -> int:
    """Print rows of REPORTs, decrypted if necessary.

    All filters must hold; one that is given several times accepts any of its values. With
    several reports, the first column names the row's report.

    Exit status: 0, or 4 if a report is unfinished and rows may be missing, if rows were left
    out because the modification time is unknown, or if the report of --new-since is
    unfinished or lacks a shard and rows may not be new.
    """
    from hashsweep.analysis import cluster_rows
    from hashsweep.analysis.selection import Selection
    from hashsweep.output.row_formats import FORMATS
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, gaps_of

    what = _choose_rows(what, possible=possible)
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    opened = [OpenReport(name, keys) for name in names]
    reports = select_swept(opened, swept_since, swept_until)
    table = what if what in ("matches", "retractions") else "files"
    wanted = filter_of(what, options)
    wanted.check(table, [report.sweep for report in reports])
    selection = Selection(reports, table, wanted)
    said = gaps_of(reports)  # before the first row: it detects a damaged report
    if earlier:
        if what not in ("matches", "failed"):
            raise UsageProblem("--new-since needs --what matches or failed")
        before = [OpenReport(name, keys) for name in earlier]
        check_order(before, reports)
        said += _gaps_before(before, reports, "matches" if what == "matches" else "failures")
        selection.without(before)
    if by_cluster or options["clusters"]:
        _find_clusters(selection, what, options["clusters"])
    several = len(names) > 1 and not by_cluster
    if by_cluster:
        columns = [*cluster_rows.COLUMNS]
        rows = cluster_rows.copies(cluster_rows.gather(batch for _, batch in selection.batches()))
    else:
        columns = _choose_columns(what, form, selection, reports)
        used = {*columns, "variant", "part", "reasons", "uri_bytes"}
        rows = (
            _leads(selection, several=several)
            if possible
            else _rows(selection, used, several=several)
        )
    lines = FORMATS[form](islice(rows, limit), [*["report"] * several, *columns])
    first = next(lines, None)
    if first is None and form == "table":
        click.echo(f"hashsweep: no {_describe_none(what, reports)}", err=True)
    sys.stdout.writelines(chain([] if first is None else [first], lines))
    sys.stdout.flush()
    if selection.undated:
        left = f"{selection.undated:,} row{'s' if selection.undated > 1 else ''}"
        said.append(f"{left} left out: when the file was last modified is not known")
    for line in said:
        click.echo(f"hashsweep: {line}", err=True)
    return ExitCode.INCOMPLETE if said else ExitCode.CLEAN


def _choose_rows(what: str, *, possible: bool) -> str:
    if possible and what != "matches":  # the default
        raise UsageProblem("--possible and --what each choose the rows: use one of them")
    return "possible" if possible else what


def _choose_columns(
    what: str, form: str, selection: "Selection", reports: Sequence["OpenReport"]
) -> list[str]:
    from hashsweep.output.row_formats import IN_TABLE, POSSIBLE_COLUMNS, choose_columns

    if form == "table":
        return [name for name in IN_TABLE[what] if name != "decision" or _is_decided(reports)]
    return [*POSSIBLE_COLUMNS] if what == "possible" else choose_columns(selection.columns())


def _describe_none(what: str, reports: Sequence["OpenReport"]) -> str:
    """Return what there are none of, and why there may be none."""
    why = "that pass the filters, if any"
    if what == "possible" and not any(each.sweep.options.get("possible") for each in reports):
        why = "none of these reports was made with --possible"
    names = {"failed": "failed files", "possible": "leads"}
    return f"{names.get(what, what)} ({why})"


def _find_clusters(selection: "Selection", what: str, wanted: Sequence[str]) -> None:
    """Add clusters to rows of matches; they are found across all reports."""
    from hashsweep.analysis.clusters import COLUMNS, cluster_ids

    _only_matches("--cluster, --clusters", what)
    selection.with_clusters(cluster_ids(selection.contents(COLUMNS)), wanted)


def _only_matches(options: str, what: str) -> None:
    if what != "matches":
        raise UsageProblem(f"{options} needs --what matches")


def _is_decided(reports: Sequence["OpenReport"]) -> bool:
    """Say whether some match may have a decision; an unfinished sweep has not counted them."""
    return any(
        report.state in ("running", "killed")
        or report.sweep.tally.confirmed
        or report.sweep.tally.overturned
        for report in reports
    )


def _leads(selection: "Selection", *, several: bool) -> Iterator[dict[str, Any]]:
    from hashsweep.output.row_formats import POSSIBLE_COLUMNS, spread_leads

    used = {*POSSIBLE_COLUMNS, "possible", "uri_bytes"}
    return spread_leads(_rows(selection, used, several=several))


def _rows(
    selection: "Selection", columns: Collection[str], *, several: bool
) -> Iterator[dict[str, Any]]:
    from hashsweep.output.row_formats import plain

    for report, batch in selection.batches():
        kept = batch.select([name for name in batch.schema.names if name in columns])
        for row in plain(kept):
            yield {"report": str(report.name), **row} if several else row


def _gaps_before(
    earlier: Sequence["OpenReport"], reports: Sequence["OpenReport"], rows: str
) -> list[str]:
    """Return, in words, what earlier reports may lack, so that old rows look new."""
    from hashsweep.report import gaps
    from hashsweep.safe_text import printable

    found = [
        f"{printable(report.name)}: {why}"
        for report in earlier
        for why in gaps.name_unfinished(report.as_of_now)
    ]
    names = " and ".join(printable(report.name) for report in earlier)
    sweeps = [report.sweep for report in earlier], [report.sweep for report in reports]
    found += [f"{names}: {why}" for why in gaps.name_unseen_shards(*sweeps)]
    return [f"{each}; some of these {rows} may not be new" for each in found]

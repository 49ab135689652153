"""`hashsweep report show`: rows of reports as a table, CSV or JSON lines."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
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
from hashsweep.commands.terminal import find_width, print_pages
from hashsweep.commands.values import Whole
from hashsweep.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    import pyarrow as pa

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
    "--sort",
    "by",
    type=click.Choice(["tier", "distance", "name", "time", "list"]),
    help="Order of the rows: the strongest tier first, the nearest, by name, the newest file, or "
    "by list. Files can be sorted by name or time, and are all held in memory for that.  "
    "[default: tier for matches and retractions; else as in the report]",
)
@click.option("--no-pager", is_flag=True, help="Print everything at once on a terminal, too.")
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
    by: str | None,
    no_pager: bool,
    key_file: str | None,
    swept_since: tuple[int, int] | None,
    swept_until: tuple[int, int] | None,
    earlier: tuple[str, ...],
    **options: Any,
) -> int:
    """Print rows of REPORTs, decrypted if necessary.

    All filters must hold; one that is given several times accepts any of its values. With
    several reports, the first column names the row's report. On a terminal a table comes in pages
    (PAGER), leaves out what does not fit, and shortens long names in the middle.

    Exit status: 0, or 4 if a report is unfinished and rows may be missing, if rows were left
    out because the modification time is unknown, or if the report of --new-since is
    unfinished or lacks a shard and rows may not be new.
    """
    from hashsweep.analysis.selection import Selection
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, gaps_of

    what = _choose_rows(what, possible=possible)
    by = _choose_order(what, by, by_cluster=by_cluster)
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
    if by == "time":
        selection.with_times()
    wanted_rows = _Wanted(what, form, by, limit, by_cluster=by_cluster, several=len(names) > 1)
    lines = _lines(selection, reports, wanted_rows)
    first = next(lines, None)
    if first is None and form == "table":
        click.echo(f"hashsweep: no {_describe_none(what, reports)}", err=True)
    else:
        whole = chain([] if first is None else [first], lines)
        print_pages(whole, paged=form == "table" and not no_pager)
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


def _choose_order(what: str, by: str | None, *, by_cluster: bool) -> str | None:
    """Return how rows are sorted; None for the order in which they are stored, or of clusters."""
    if by_cluster:
        if by is not None:
            raise UsageProblem("--clusters has an order of its own: leave out --sort")
        return None
    from hashsweep.analysis.ordering import OF_FILES

    is_of_matches = what in ("matches", "retractions")
    if not is_of_matches and by not in (None, *OF_FILES):
        raise UsageProblem(f"--sort {by} needs --what matches or retractions")
    return by or ("tier" if is_of_matches else None)


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


@dataclass(frozen=True)
class _Wanted:
    """Which rows are printed and how: the values of the options."""

    what: str
    form: str
    by: str | None
    limit: int | None
    by_cluster: bool
    several: bool


def _lines(
    selection: "Selection", reports: Sequence["OpenReport"], wanted: _Wanted
) -> Iterator[str]:
    from hashsweep.analysis import cluster_rows
    from hashsweep.output import column_formats, row_formats

    names = [str(each.name) for each in reports]
    if wanted.by_cluster:
        found = cluster_rows.copies(cluster_rows.gather(batch for _, batch in selection.batches()))
        return _as_text(islice(found, wanted.limit), [*cluster_rows.COLUMNS], wanted.form)
    shown = _choose_columns(wanted.what, wanted.form, selection, reports)
    columns = ["report"] * wanted.several + shown
    if wanted.what != "possible" and wanted.form != "table":
        batches = _batches(selection, reports, wanted, None)
        numbered = names if wanted.several else ()
        if wanted.form == "csv":
            return column_formats.as_csv(batches, columns, numbered)
        return column_formats.as_jsonl(batches, numbered)
    used = {*shown, "variant", "part", "reasons", "uri_bytes"}
    used |= {"possible"} if wanted.what == "possible" else set()
    batches = _batches(selection, reports, wanted, used)
    rows: Iterator[dict[str, Any]]
    rows = (row for batch in batches for row in row_formats.plain(batch))
    if wanted.several:
        rows = (row | {"report": names[row["report"]]} for row in rows)
    if wanted.what == "possible":
        rows = islice(row_formats.spread_leads(rows), wanted.limit)
    return _as_text(rows, columns, wanted.form)


def _as_text(rows: Iterator[dict[str, Any]], columns: Sequence[str], form: str) -> Iterator[str]:
    from hashsweep.output.row_formats import FORMATS, as_table

    if form == "table":
        return as_table(rows, columns, find_width())
    return FORMATS[form](rows, columns)


def _batches(
    selection: "Selection",
    reports: Sequence["OpenReport"],
    wanted: _Wanted,
    columns: Collection[str] | None,
) -> "Iterator[pa.RecordBatch]":
    """Return the wanted rows in their order, only some `columns`, numbered by report if several."""
    from hashsweep.analysis.ordering import TIME, sort

    limit = None if wanted.what == "possible" else wanted.limit  # a file has many leads
    needed = {*(columns or ()), TIME, "uri", "tier", "distance", "list", "decision"}
    found = (
        _number(batch, reports.index(report)) if wanted.several else batch
        for report, batch in selection.batches()
    )
    if columns is not None:
        needed.add("report")
        found = (b.select([name for name in b.schema.names if name in needed]) for b in found)
    return _first(found if wanted.by is None else sort(found, wanted.by, limit), limit)


def _number(batch: "pa.RecordBatch", report: int) -> "pa.RecordBatch":
    import numpy as np
    import pyarrow as pa

    numbers = pa.array(np.full(len(batch), report, np.int32))
    return pa.RecordBatch.from_arrays(
        [numbers, *batch.columns],
        schema=pa.schema([pa.field("report", pa.int32()), *batch.schema], batch.schema.metadata),
    )


def _first(batches: "Iterator[pa.RecordBatch]", limit: int | None) -> "Iterator[pa.RecordBatch]":
    """Yield the first rows, and read no further than the last of them."""
    if limit is None:
        yield from batches
    while limit:
        if (batch := next(batches, None)) is None:
            return
        yield batch.slice(0, limit)
        limit -= min(limit, len(batch))


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

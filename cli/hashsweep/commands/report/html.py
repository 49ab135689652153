"""`hashsweep report html`: reports as one page for a browser."""

import datetime
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.list_options import reading_options, tell_refusals
from hashsweep.commands.report.redact_options import redact_options, redaction_of
from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode, ListError, ReportError

if TYPE_CHECKING:
    from hashsweep.analysis.near_misses import Nearest
    from hashsweep.report.open_report import OpenReport


@click.command(
    "html",
    epilog="""\b
Examples:
  hashsweep report html report -o report.html
  hashsweep report html report --list known.hsl -o report.html
  hashsweep report html nightly/* -o trend.html
  hashsweep report html report --redact --redact-key redact.key -o for-all.html
""",
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(),
    help="The page: a new file, mode 0600.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option(
    "--list",
    "lists",
    metavar="LIST",
    multiple=True,
    help="Also count near misses: pictures up to 63 bits from an entry of this LIST, "
    "by the hashes in the report. Reads no media. May be repeated.",
)
@reading_options
@redact_options
@key_option
def html(
    names: tuple[str, ...],
    output: str,
    *,
    force: bool,
    lists: tuple[str, ...],
    key_file: str | None,
    redact: bool,
    redact_key: str | None,
    **reading: Any,
) -> int:
    """Write REPORTs as one page for a browser, without network or pictures.

    The page shows the verdict, a table of matches to sort, filter and decide on, counts, coverage,
    failures, distances and throughput; of several REPORTs also a trend. The browser saves the
    decisions as the CSV that --decisions reads. File names are on the page but hidden until the
    reader asks for them.

    Exit status: 0, or 4 if a report is unfinished, and the page therefore incomplete.
    """
    from hashsweep.analysis.clusters import cluster_ids
    from hashsweep.atomic_files import new_file
    from hashsweep.output.page.compose import compose
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, gaps_of
    from hashsweep.safe_text import printable

    path = Path(output)
    if not force and os.path.lexists(path):
        raise ReportError(f"{path} already exists: choose another name or use --force")
    redaction = redaction_of(redact=redact, redact_key=redact_key)
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    reports = [OpenReport(name, keys) for name in names]
    said = gaps_of(reports)  # before the page is made: it detects a damaged report
    nearest = _near_misses(reports, lists, reading) if lists else None
    now = datetime.datetime.now(datetime.UTC)
    page = compose(reports, cluster_ids, nearest=nearest, redaction=redaction, now=now)
    with new_file(path, replace=force) as file:
        file.write(page.encode())
    click.echo(f"The page is in {printable(output)}")
    if not redact and any(report.sweep.encrypted for report in reports):
        click.echo(
            f"hashsweep: {printable(output)} is not encrypted: it holds names of an encrypted "
            "report",
            err=True,
        )
    for line in said:
        click.echo(f"hashsweep: {line}", err=True)
    return ExitCode.INCOMPLETE if said else ExitCode.CLEAN


def _near_misses(
    reports: "Sequence[OpenReport]", names: Sequence[str], reading: dict[str, Any]
) -> "Nearest":
    from hashsweep.analysis.near_misses import nearest
    from hashsweep.hashlists.access import Scratch
    from hashsweep.hashlists.importing import ListOptions
    from hashsweep.hashlists.opening import is_piped, open_lists

    options = ListOptions(
        columns=dict(reading["columns"]),
        categories=frozenset(reading["categories"]) or None,
        scheme=reading["scheme"],
        readable=reading["allow_readable_lists"],
    )
    with ExitStack() as held:
        scratch = Scratch(held, in_memory=any(map(is_piped, names)))
        lists = open_lists(names, options, scratch, set(), held)
        tell_refusals(lists)
        if not any("pdq" in each.algorithms for each in lists):
            raise ListError("near misses are counted by PDQ, and no --list holds any")
        return nearest(reports, lists, tell=_tell)


def _tell(looked: int, turned: int, listed: int) -> None:
    text = (
        f"hashsweep: comparing {looked:,} stored hashes, {turned:,} of them also turned, with "
        f"{listed:,} listed ones"
    )
    click.echo(text, err=True)

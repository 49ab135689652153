"""`hashsweep report export`: rows as one file, or each file's details for a CyberTipline report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.report.redact_options import redact_options, redaction_of
from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashsweep.output.redaction import Redaction
    from hashsweep.report.open_report import OpenReport
    from hashsweep.report.segments import Batched

_TABLES = ("csv", "jsonl", "parquet")
_FRAGMENTS = ("xml", "json", "jsonl")


class Pair(click.ParamType[tuple[str, str]]):
    """NAME=TEXT."""

    name = "NAME=TEXT"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        """Return (name, text)."""
        if isinstance(value, tuple):
            return value[0], value[1]
        name, equals, text = value.partition("=")
        if not equals or not text:
            self.fail(f"{value!r} does not look like generativeAi=LABEL", param, ctx)
        return name, text


@click.command(
    epilog="""\b
Examples:
  hashsweep report export report --what files --format parquet -o files.parquet
  hashsweep report export report -o matches.csv --redact --redact-key redact.key
  hashsweep report export report --cybertip -o tips
  hashsweep report export report --cybertip --format jsonl -o tips.jsonl \\
    --classification A1=1 --annotate generativeAi=ai-generated
"""
)
@click.argument("name", metavar="REPORT")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE|FOLDER",
    type=click.Path(),
    help="A new file; a new folder for --cybertip as xml or json.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*dict.fromkeys(_TABLES + _FRAGMENTS)]),
    help="csv (safe for spreadsheets), jsonl or parquet; with --cybertip xml, json or jsonl.  "
    "[default: csv; with --cybertip xml]",
)
@click.option(
    "--what",
    type=click.Choice(["matches", "retractions", "files", "failed"]),
    default="matches",
    show_default=True,
    help="Rows to write: matches, matches retracted by a rematch, all files, or failed files.",
)
@redact_options
@click.option("--with-hashes", is_flag=True, help="With --redact, keep the files' own hashes.")
@click.option(
    "--cybertip",
    is_flag=True,
    help="Write CyberTipline fileDetails for each file that matched, and an index of them.",
)
@click.option(
    "--annotate",
    "annotations",
    type=Pair(),
    metavar="ANNOTATION=LABEL",
    multiple=True,
    help="Give this annotation to files that match an entry with this label or category, such as "
    "generativeAi. May be repeated.",
)
@click.option(
    "--classification",
    "classifications",
    type=Pair(),
    metavar="CLASS=CATEGORY",
    multiple=True,
    help="Give this classification (A1, A2, B1 or B2) to files that match an entry with this "
    "category or label. May be repeated.",
)
@key_option
def export(
    name: str,
    output: str,
    form: str | None,
    key_file: str | None,
    *,
    cybertip: bool,
    **options: Any,
) -> int:
    """Write a REPORT's rows to a file, or details for CyberTipline reports.

    With --cybertip, each file that matched gets one fragment with all its matches:
    the elements of fileDetails that a sweep can know, in order. fileViewedByEsp,
    exifViewedByEsp and publiclyAvailable are never set; annotations and classifications only as
    you map them from what the lists say. A label or category that no match has is named on stderr,
    since it may be misspelled. Add reportId and fileId yourself. Nothing is submitted.
    Matches that people have overturned are left out.

    The output is not encrypted. That rows were exported is noted in REPORT, in exported.json, so
    that `report prune` keeps it. Exit status: 0, or 4 if the report is unfinished, so that
    rows may be missing.
    """
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport, gaps_of
    from hashsweep.safe_text import printable

    form = form or ("xml" if cybertip else "csv")
    _check(form, cybertip=cybertip, **options)
    how = {name: options[name] for name in ("redact", "redact_key", "with_hashes")}
    redaction = redaction_of(**how)
    report = OpenReport(name, Keys.load(Path(key_file) if key_file is not None else None))
    gaps = gaps_of([report])  # before the first row: it detects a damaged report
    if cybertip:
        pairs = options["annotations"], options["classifications"]
        said = _fragments(report, Path(output), form, *pairs)
    else:
        said = _rows(report, Path(output), form, redaction=redaction, **options)
    click.echo(f"{said} in {printable(output)}")
    _note_export(name, "cybertip" if cybertip else options["what"])
    for line in gaps:
        click.echo(f"hashsweep: {line}", err=True)
    return ExitCode.INCOMPLETE if gaps else ExitCode.CLEAN


def _note_export(name: str, what: str) -> None:
    """Note in the report's folder that rows were exported, so that no `report prune` removes it."""
    from hashsweep.errors import ReportError
    from hashsweep.report.keeping import note_export
    from hashsweep.storage.uris import is_remote

    if is_remote(name):  # `report prune` removes nothing from stores
        return
    try:
        note_export(Path(name), what)
    except ReportError as error:
        text = f"that rows were exported could not be noted in the report: {error}"
        click.echo(f"hashsweep: {text}", err=True)


def _check(
    form: str,
    *,
    cybertip: bool,
    what: str,
    redact: bool,
    annotations: tuple[tuple[str, str], ...],
    classifications: tuple[tuple[str, str], ...],
    **_: Any,
) -> None:
    """Raise click.UsageError for options that do not fit together."""
    from hashsweep.output.cybertip import ANNOTATIONS, CLASSIFICATIONS

    problems = {
        f"--format {form} does not fit here": form not in (_FRAGMENTS if cybertip else _TABLES),
        "--cybertip writes matches with their names: leave out --what and --redact": cybertip
        and (redact or what != "matches"),
        "--annotate and --classification need --cybertip": not cybertip
        and bool(annotations or classifications),
    }
    for allowed, pairs in ((ANNOTATIONS, annotations), (CLASSIFICATIONS, classifications)):
        wrong = [name for name, _ in pairs if name not in allowed]
        problems[f"{', '.join(wrong)}: choose from {', '.join(allowed)}"] = bool(wrong)
    for problem, is_one in problems.items():
        if is_one:
            raise click.UsageError(problem)


def _rows(
    report: "OpenReport",
    output: Path,
    form: str,
    *,
    what: str,
    redaction: "Redaction | None",
    **_: Any,
) -> str:
    """Write rows; return what was written, in words."""
    from hashsweep.output.export import write
    from hashsweep.report import retractions, schema

    table = "files" if what == "failed" else what
    names = report.names(table)
    empty = {
        "matches": schema.MATCHES, retractions.TABLE: retractions.SCHEMA, "files": schema.FILES,
    }[table]  # fmt: skip
    columns = report.segment(table, names[0]).schema if names else empty
    parts: Iterator[Batched] = report.segments(table)
    if redaction:
        columns, parts = redaction.schema(columns), redaction.redact(parts)
    count = write(output, form, parts, columns, failed=what == "failed")
    return f"{count:,} {'row is' if count == 1 else 'rows are'}"


def _fragments(
    report: "OpenReport", output: Path, form: str, annotations: Any, classifications: Any
) -> str:
    """Write a fragment for each file that matched; return what was written, in words."""
    from hashsweep.output import cybertip_files
    from hashsweep.output.cybertip import ListSays
    from hashsweep.safe_text import printable

    says = ListSays(annotations, classifications)
    write = cybertip_files.as_lines if form == "jsonl" else cybertip_files.as_folder
    count, unmet = write(report, output, form, says)
    for option, pairs in (("--annotate", annotations), ("--classification", classifications)):
        for name, text in pairs:
            if text in unmet:
                why = f"{option} {name}={printable(text)}: no match has this label or category"
                click.echo(f"hashsweep: {why}", err=True)
    return f"{count:,} {'fragment is' if count == 1 else 'fragments are'}"

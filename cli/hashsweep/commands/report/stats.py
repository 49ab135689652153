"""`hashsweep report stats`: the counts that a transparency report needs."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.report.filter_options import select_swept, sweep_options
from hashsweep.commands.report_options import key_option
from hashsweep.errors import ExitCode, UsageProblem

if TYPE_CHECKING:
    from hashsweep.analysis.stats import Stats
    from hashsweep.report.open_report import OpenReport

DIMENSIONS = (
    *("month", "day", "report", "list", "algorithm"),
    *("category", "tier", "media-type", "reason"),
)

_MOST = 2  # dimensions at a time


@click.command(
    epilog="""\b
Examples:
  hashsweep report stats /var/lib/hashsweep/reports/* --by month
  hashsweep report stats reports/* --by list --by tier --swept-since 2026-01-01
  hashsweep report stats reports/2026-03-* --by month --by algorithm --format csv > march.csv
"""
)
@click.argument("names", metavar="REPORT...", nargs=-1, required=True)
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    multiple=True,
    help="One line per value of this; may be given twice. Months and days are those in which "
    "the sweep began (UTC). Without it, only the total.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="A table, CSV with a last line for the total, or one JSON object.",
)
@sweep_options
@key_option
def stats(
    *,
    names: tuple[str, ...],
    by: tuple[str, ...],
    form: str,
    swept_since: tuple[int, int] | None,
    swept_until: tuple[int, int] | None,
    key_file: str | None,
) -> int:
    """Count what REPORTs hold, for transparency reports.

    Nothing counts twice. A file that several sweeps saw counts once per line, as the last of
    them found it, and once in the total. The same goes for a match, which is file x list entry,
    however many frames match. The total can therefore be less than the sum of the lines.

    \b
    seen             files
    hashed           of which a hash was computed (by algorithm: that hash)
    unreadable       files that failed: something requested could not be done
    unique_contents  different digests, the best that all sweeps have: sha256, else sha1, else md5
    known_good       files named by a known-good list (by list: by that list)
    matched_files    files with a match that was not overturned
    matches          undecided and confirmed matches
    overturned       matches that reviewers found to be wrong (see --decisions)
    error_ratio      overturned / (overturned + confirmed)

    By category and tier there are no figures for files, since only matches have these; use those of
    the total. By list and algorithm, files count if the sweep used that list or hash.

    Exit status: 0, or 4 if a report is unfinished or a shard is missing and counts are too low.
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    from hashsweep.analysis.stats import stats as counted
    from hashsweep.analysis.totals import find_gaps
    from hashsweep.output.row_formats import as_csv
    from hashsweep.report.encryption import Keys
    from hashsweep.report.open_report import OpenReport
    from hashsweep.safe_text import printable

    if len(set(by)) < len(by) or len(by) > _MOST:
        raise UsageProblem(f"--by takes {_MOST} different values at most")
    keys = Keys.load(Path(key_file) if key_file is not None else None)
    opened = [OpenReport(name, keys) for name in dict.fromkeys(names)]
    reports = select_swept(opened, swept_since, swept_until)
    lacks = find_gaps([report.as_of_now for report in reports])
    found = counted(reports, by)
    if form == "json":
        click.echo(json.dumps(_as_json(found, reports, lacks), indent=2))
    else:
        rows = _rows(found)
        columns = list(rows[-1])
        sys.stdout.writelines(
            as_csv(iter(rows), columns) if form == "csv" else _as_table(found, rows, columns)
        )
    sys.stdout.flush()
    for each in lacks:
        click.echo(f"hashsweep: {printable(each)}: counts may be too low", err=True)
    return ExitCode.INCOMPLETE if lacks else ExitCode.CLEAN


def _rows(found: "Stats") -> list[dict[str, Any]]:
    """Return the figures as rows, the total last; without dimensions only the total."""
    total: dict[str, str | None] = dict.fromkeys(found.by, "TOTAL")
    keyed = [(dict(zip(found.by, key, strict=True)), row) for key, row in found.rows.items()]
    return [
        {**key, **row, "unique_by": found.digest} for key, row in [*keyed, (total, found.total)]
    ]


def _as_json(found: "Stats", reports: Sequence["OpenReport"], lacks: list[str]) -> dict[str, Any]:
    return {
        "by": found.by,
        "rows": [dict(zip(found.by, key, strict=True)) | row for key, row in found.rows.items()],
        "total": found.total,
        "unique_by": found.digest,
        "reports": [
            {
                "report": report.name,
                "started": report.sweep.started.isoformat(timespec="milliseconds"),
                "state": report.state,
            }
            for report in reports
        ],
        "lacking": lacks,
    }


def _as_table(
    found: "Stats", rows: Iterable[dict[str, Any]], columns: Sequence[str]
) -> Iterator[str]:
    """Yield lines of columns, numbers right-aligned; an unknown figure is a dash or left out."""
    from hashsweep.safe_text import printable

    texts = len(found.by)
    rows = list(rows)
    wanted = [name for name in columns if name not in ("unique_by", "bytes")]
    said = {name for name in wanted for row in rows if row[name] is not None}
    wanted = [name for name in wanted if name in said or name in found.by]
    head = [name.replace("_", " ").upper() for name in wanted]
    lines = [
        [printable(row[name] or "(none)") for name in found.by]
        + [_number(row[name]) for name in wanted[texts:]]
        for row in rows
    ]
    widths = [max(map(len, cells)) for cells in zip(head, *lines, strict=True)]
    for line in [head, *lines]:
        filled = [
            cell.ljust(width) if number < texts else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(filled).rstrip() + "\n"
    how = (
        f"by {printable(found.digest)}" if found.digest else "not known: the sweeps share no digest"
    )
    yield f"Unique contents: {how}\n"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"

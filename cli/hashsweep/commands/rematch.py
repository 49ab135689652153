"""`hashsweep rematch`: stored hashes against new lists."""

import json
from pathlib import Path
from typing import Any

import click

from hashsweep.commands.configured import tell_weakened
from hashsweep.commands.list_options import list_options, tell_refusals
from hashsweep.commands.options import MOST_WORKERS, match_options
from hashsweep.commands.outcome_options import current_option, outcome_options, take_accepted
from hashsweep.commands.report_options import (
    decisions_option,
    encrypt_option,
    hot_option,
    key_option,
    metrics_option,
    signing_option,
)
from hashsweep.commands.values import Whole


@click.command(
    epilog="""\b
Examples:
  hashsweep rematch report --list new.csv -o rematched
  hashsweep rematch shard-1 shard-2 --list iwf.hsl --list ngo.csv -o "rematch-$(date +%F)" -q
  hashsweep rematch report --list iwf-tuesday.hsl --changes iwf-monday.hsl -o rematched
"""
)
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True)
@list_options
@click.option(
    "--changes",
    metavar="OLD_LIST",
    help="The single --list as it was when the REPORTs were matched. Searches only for entries "
    "added or changed since then, and retracts matches of withdrawn ones.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="REPORT",
    type=click.Path(),
    help="A new folder for the new report, or a new place in a store, such as s3://BUCKET/PREFIX.",
)
@match_options
@decisions_option
@outcome_options
@current_option
@hot_option
@encrypt_option
@signing_option
@key_option
@metrics_option
@click.option(
    "-j",
    "--workers",
    type=Whole(1, MOST_WORKERS),
    metavar="NUMBER",
    help="Search threads.  [default: one per available processor]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print no progress, and no summary (--json is still printed).",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 after every rematch that finishes.")
def rematch(
    reports: tuple[str, ...],
    changes: str | None,
    metrics_file: str | None,
    encrypt: bool | None,
    *,
    as_json: bool,
    quiet: bool,
    exit_zero: bool,
    **options: Any,
) -> int:
    """Match the hashes in REPORTs against other LISTs, without reading media.

    The new report looks like one from a sweep: it takes over all rows of `files`, and
    what failed then still counts as failed. If several REPORTs have an item, the newest rows count.
    Earlier matches with a list of the same name that no longer hold go into `retractions`.

    Exit status: 0 nothing found, 1 matches, 4 something could not be compared, 5 both.
    """
    import pyarrow as pa

    from hashsweep.commands.printing import after_the_work
    from hashsweep.commands.progress import Progress
    from hashsweep.output.metrics import MetricsFile
    from hashsweep.rematch.plan import build_plan
    from hashsweep.rematch.run import rematch as run
    from hashsweep.report.outcome import status_of
    from hashsweep.report.sweep_json import to_json
    from hashsweep.safe_text import printable
    from hashsweep.sweep.config import ScanConfig

    pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own pool keeps 50 MB more than it uses
    take_accepted(options)
    config = ScanConfig(encrypt=bool(encrypt), weakened=tell_weakened("rematch"), **options)
    metrics = MetricsFile(Path(metrics_file)) if metrics_file else None
    with build_plan(reports, config, changes, plain=encrypt is False) as plan:
        tell_refusals(plan.lists)
        for warning in plan.warnings:
            click.echo(f"hashsweep: {printable(warning)}", err=True)
        with Progress(quiet=quiet) as progress:
            listeners = [each for each in (progress, metrics) if each is not None]
            info = run(plan, config.output or "", listeners)
    with after_the_work():
        if as_json:
            click.echo(json.dumps(to_json(info), indent=2))
        elif not quiet:
            from hashsweep.output.summary import print_summary

            print_summary(info, str(config.output))
    if metrics and metrics.error:
        raise metrics.error
    return 0 if exit_zero else int(status_of(info))

"""`hashsweep scan`: the sweep."""

import datetime
import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.configured import tell_weakened
from hashsweep.commands.list_options import list_options, tell_refusals
from hashsweep.commands.manifest_options import manifest_options
from hashsweep.commands.options import (
    frame_option,
    hash_option,
    keep_options,
    match_options,
    source_options,
    take_excluded,
    work_options,
)
from hashsweep.commands.outcome_options import current_option, outcome_options, take_accepted
from hashsweep.commands.report_options import (
    decisions_option,
    hot_option,
    metrics_option,
    report_options,
)
from hashsweep.commands.store_options import shard_option, store_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashsweep.output.listeners import Listener
    from hashsweep.report.sweep_json import SweepInfo
    from hashsweep.sweep.plan import Plan

_MOMENT = datetime.timedelta(milliseconds=1)  # what the times in sweep.json are rounded to


@click.command(
    epilog="""\b
Examples:
  hashsweep scan /srv/media --list known.csv -o report
  hashsweep scan /srv/media --list iwf.csv --list pdq:ngo.txt -o "sweep-$(date +%F)" -q
  hashsweep scan /srv/media --list known.csv -o report --resume
  hashsweep scan /srv/media --list new.csv -o tuesday --baseline monday
  hashsweep scan s3://uploads/2026 --list known.hsl -o report --shard 1/4
  hashsweep scan --manifest s3://inventory/uploads/daily/2026-11-24T01-00Z/manifest.json \\
    --list known.hsl -o report
  find /srv -name '*.jpg' -print0 | hashsweep scan -0 --files-from - --list known.csv -o report
"""
)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@list_options
@report_options
@metrics_option
@hash_option("Without it, only what the lists can match is computed.")
@match_options
@decisions_option
@outcome_options
@current_option
@hot_option
@frame_option
@keep_options
@source_options
@manifest_options
@shard_option
@store_options
@work_options
@click.option(
    "--dry-run",
    is_flag=True,
    help="Scan only a sample: report how many items and bytes there are, what would be left "
    "out, and how long it would take. Writes no REPORT.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print no progress, and no summary (--json is still printed).",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 after every sweep that finishes.")
def scan(
    output: str | None,
    log_file: str | None,
    metrics_file: str | None,
    or_new: str | None,
    encrypt: bool | None,
    *,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    exit_zero: bool,
    **options: Any,
) -> int:
    """Hash every file in the SOURCEs and match the hashes against the LISTs.

    A SOURCE is a folder, a file, or the objects below s3://BUCKET/PREFIX (or gs:// or az://).
    Symbolic links are not followed. Store credentials come from the environment. The REPORT
    gets one row per file, including those that could not be scanned, and never holds a list's
    hashes.

    Exit status: 0 nothing found, 1 matches, 4 something could not be scanned, 5 both.
    """
    from hashsweep.commands.printing import after_the_work
    from hashsweep.commands.progress import Progress
    from hashsweep.errors import UsageProblem
    from hashsweep.output.event_log import Log
    from hashsweep.output.metrics import MetricsFile
    from hashsweep.report.outcome import status_of
    from hashsweep.report.sweep_json import to_json
    from hashsweep.safe_text import printable
    from hashsweep.sweep.config import ScanConfig
    from hashsweep.sweep.plan import build_plan

    take_accepted(options)
    take_excluded(options)
    config = ScanConfig(
        output=output, encrypt=bool(encrypt), weakened=tell_weakened("scan"), **options
    )
    if or_new is not None and not config.resume:
        raise UsageProblem("--or-new needs --resume")
    plain = encrypt is False
    ready = build_plan(config, plain=plain)
    if dry_run:
        return _dry_run(ready, config, as_json=as_json, quiet=quiet)
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    with ready as plan:
        tell_refusals(plan.lists)
        for warning in plan.warnings:
            click.echo(f"hashsweep: {printable(warning)}", err=True)
        opened = Log(Path(log_file)) if log_file else nullcontext()
        metrics = MetricsFile(Path(metrics_file)) if metrics_file else None
        began = datetime.datetime.now(datetime.UTC)
        with Progress(quiet=quiet) as progress, opened as log:
            listeners = [each for each in (progress, log, metrics) if each is not None]
            info, output = _sweep(plan, output, or_new, listeners, plain=plain)
    if info.ended and info.ended < began - _MOMENT:
        text = (
            f"{printable(output)} was finished at {info.ended.isoformat()}; nothing was scanned now"
        )
        click.echo(f"hashsweep: {text} (for a new sweep, name a new report)", err=True)
    with after_the_work():
        if as_json:
            click.echo(json.dumps(to_json(info), indent=2))
        elif not quiet:
            from hashsweep.output.summary import print_summary

            print_summary(info, output)
    if metrics and metrics.error:
        raise metrics.error
    return 0 if exit_zero else int(status_of(info))


def _sweep(
    plan: "Plan", output: str, or_new: str | None, listeners: "Sequence[Listener]", *, plain: bool
) -> tuple["SweepInfo", str]:
    """Sweep, to `or_new` if `output` holds a different sweep; return where the report is, too."""
    from hashsweep.errors import DifferentSweep
    from hashsweep.sweep.plan import move_plan
    from hashsweep.sweep.run import sweep

    try:
        return sweep(plan, output, listeners), output
    except DifferentSweep:
        if or_new is None:
            raise
    with move_plan(plan, or_new, plan.config.baseline or output, plain=plain) as moved:
        return sweep(moved, or_new, listeners), or_new


def _dry_run(ready: Any, config: Any, *, as_json: bool, quiet: bool) -> int:
    """Print the estimate; exit status 0."""
    from hashsweep.commands.dry_run import print_estimate
    from hashsweep.commands.progress import Progress
    from hashsweep.engines import limits
    from hashsweep.sweep.estimate import estimate

    with ready as plan, Progress(quiet=quiet) as progress:
        tell_refusals(plan.lists)
        found = estimate(plan, [progress])
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
    else:
        workers = config.workers or limits.processors()
        print_estimate(found, 1 if config.engine == "serial" else workers)
    return 0

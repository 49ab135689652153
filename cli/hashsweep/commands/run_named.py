"""`hashsweep run`: a named sweep of the configuration file."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hashsweep.commands.configured import (
    check_values,
    config_of,
    describe_options,
    options_of,
    tell_refused,
    tell_weakening,
)
from hashsweep.errors import RunError

if TYPE_CHECKING:
    from hashsweep.errors import ExitCode
    from hashsweep.runs.named import NamedSweep
    from hashsweep.settings.files import ConfigFile
    from hashsweep.settings.options import Setting
    from hashsweep.sweep.config import ScanConfig


@click.command(
    epilog="""\b
Examples:
  hashsweep run nightly --dry-run
  hashsweep run nightly
  hashsweep --config /etc/hashsweep/photos.toml run weekly

\b
A named sweep in hashsweep.toml:
  [sweep.nightly]
  sources = ["/srv/media"]
  list = ["/etc/hashsweep/known.csv"]
  reports = "/var/lib/hashsweep/nightly"
  notify = ["/usr/bin/mail", "-s", "hashsweep", "ts@example.org"]
"""
)
@click.argument("name", metavar="NAME")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Scan nothing: print the lists' age, the baseline, free space, mounted disks and the last "
    "success. Exit status 2 if the sweep could not run.",
)
@click.pass_context
def run(context: click.Context, name: str, *, dry_run: bool) -> int:
    """Run the sweep NAME of the configuration file, and tell only what is new.

    An unfinished report is resumed; a new one builds on the newest complete report. News goes to
    the program that `notify` names, or else to standard output: counts, and no names.

    Exit status: that of `hashsweep scan`, whether or not anything is new; 2 also if news could not
    be told, or while another run of NAME is at work.
    """
    try:
        named, config, plain, files = _read(context, name)
    except RunError:
        tell_refused()
        raise
    if dry_run:
        return _look_ahead(named, config, plain=plain)
    from hashsweep.commands.progress import Progress
    from hashsweep.commands.selftest import find_faults
    from hashsweep.output.event_log import Log
    from hashsweep.output.metrics import MetricsFile
    from hashsweep.runs.night import Ways, run_night
    from hashsweep.safe_text import printable

    def tell(text: str) -> None:
        click.echo(f"hashsweep: {printable(text)}", err=True)

    told: list[str] = []

    def deliver(text: str) -> None:
        _deliver(named, text)
        told.append(text)

    with ExitStack() as stack:
        progress = stack.enter_context(Progress(quiet=False))
        log = stack.enter_context(Log(Path(files["log_file"]))) if files["log_file"] else None
        metrics = MetricsFile(Path(files["metrics_file"])) if files["metrics_file"] else None
        listeners = [each for each in (progress, log, metrics) if each is not None]
        ways = Ways(deliver, tell, lambda: find_faults(config.engine), listeners)
        status = run_night(named, config, ways, plain=plain)
    if not told and sys.stderr.isatty():
        tell(f"nothing new (exit status {int(status)})")
    if metrics and metrics.error:
        raise metrics.error
    return int(status)


def check_sweeps(context: click.Context, found: "ConfigFile") -> None:
    """Raise UsageProblem for the first thing that is wrong with a file's named sweeps."""
    from hashsweep.runs.named import names_of

    for name in names_of(found):
        _settings(context, found, name)


def _settings(
    context: click.Context, found: "ConfigFile", name: str
) -> tuple["NamedSweep", dict[str, "Setting"]]:
    """Return a named sweep, and what its table says of the options of `scan`."""
    from hashsweep.commands.scan import scan
    from hashsweep.errors import UsageProblem
    from hashsweep.runs.named import OWN, TABLE, build_named, names_of, refuse_unfit
    from hashsweep.safe_text import printable
    from hashsweep.settings.options import origin_of, read_settings

    settings = read_settings(found, (TABLE, name), [*describe_options(scan), *OWN], {})
    place = printable(f"{found.path} [{TABLE}.{name}]")
    named = build_named(name, place, settings)
    of_scan = {key: each for key, each in settings.items() if key not in {o.name for o in OWN}}
    refuse_unfit(of_scan)
    check_values(context, scan, of_scan)
    if not of_scan.keys() & {"list", "hash"}:
        raise UsageProblem(f"{place}: it has no `list`")
    for other in names_of(found):
        reports = found.tables[TABLE][other].get("reports")
        if other != name and isinstance(reports, str) and Path(reports) == named.reports:
            raise UsageProblem(
                f"{origin_of(found, (TABLE, name), 'reports')}: {printable(other)} has the same "
                "folder; each sweep needs its own"
            )
    return named, of_scan


def _read(
    context: click.Context, name: str
) -> tuple["NamedSweep", "ScanConfig", bool, Mapping[str, Any]]:
    """Return a sweep, its options, whether it says no-encrypt, and the files it writes beside."""
    from hashsweep.commands.options import take_excluded
    from hashsweep.commands.outcome_options import take_accepted
    from hashsweep.commands.scan import scan
    from hashsweep.runs.named import check_name
    from hashsweep.sweep.config import ScanConfig

    found = config_of(context)
    check_name(found, name)
    named, settings = _settings(context, found, name)
    known = options_of(scan)
    defaults = {str(known[key].name): each.value for key, each in settings.items()}
    call = scan.make_context("scan", [], parent=context, default_map=defaults)
    options = dict(call.params)
    take_accepted(options)
    take_excluded(options)
    encrypt = options.pop("encrypt")
    files = {each: options.pop(each) for each in ("log_file", "metrics_file")}
    for each in ("or_new", "dry_run", "as_json", "quiet", "exit_zero", "sources"):
        options.pop(each)
    weakened = tell_weakening("scan", settings)
    config = ScanConfig(encrypt=bool(encrypt), weakened=weakened, **options)
    return named, config, encrypt is False, files


def _deliver(named: "NamedSweep", text: str) -> None:
    """Tell people what is new; raises NotToldError."""
    from hashsweep.runs.notify import NotToldError, notify

    if named.notify:
        notify(named.notify, text, os.environ)
        return
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except OSError as error:
        why = error.strerror or "standard output is closed"
        raise NotToldError(f"{why}; what is new is told the next night") from error


def _look_ahead(named: "NamedSweep", config: "ScanConfig", *, plain: bool) -> "ExitCode":
    from hashsweep.errors import ExitCode
    from hashsweep.runs.outlook import PROBLEM, look_ahead

    status = ExitCode.CLEAN
    for word, text in look_ahead(named, config, plain=plain):
        click.echo(f"{word + ':':14}{text}")
        if word == PROBLEM:
            status = ExitCode.USAGE
    return status

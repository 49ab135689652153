"""One night of a named sweep: resume or begin a report, tell what is new, remove what is too old.

Knows no command and no terminal; whoever calls it says how people are told.
"""

import datetime
import fcntl
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hashsweep.errors import (
    DifferentSweep,
    ExitCode,
    Interrupted,
    ReportError,
    RunError,
    UsageProblem,
)
from hashsweep.output.listeners import Listener
from hashsweep.report.encryption import Keys
from hashsweep.report.open_report import OpenReport
from hashsweep.report.outcome import status_of
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.runs import news
from hashsweep.runs.memory import Memory, describe_now, recall, remember
from hashsweep.runs.named import NamedSweep
from hashsweep.runs.notify import NotToldError
from hashsweep.runs.retention import Keep, plan_removal, remove_report
from hashsweep.runs.shelf import (
    Shelved,
    find_newest_complete,
    find_run,
    find_unfinished,
    list_reports,
)
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan, keys_of, move_plan
from hashsweep.sweep.run import sweep

_DATED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")


class SelftestError(RunError):
    """This installation does not find what it has to find."""


@dataclass(frozen=True)
class Ways:
    """How a night reaches people and checks itself.

    `deliver` gets the message about what is new, and raises NotToldError if it cannot be told.
    `tell` gets a line for the log, every night. `find_faults` returns what is wrong with this
    installation. `listeners` follow the sweep.
    """

    deliver: Callable[[str], None]
    tell: Callable[[str], None]
    find_faults: Callable[[], Sequence[str]]
    listeners: Sequence[Listener] = ()


def run_night(
    named: NamedSweep, config: ScanConfig, ways: Ways, *, plain: bool = False
) -> ExitCode:
    """Sweep, and tell what is new; return the exit status of the sweep, 2 if it could not run.

    `config` has the options; where the report goes and what it builds on is decided here. `plain`
    as in build_plan. Raises Interrupted after Ctrl-C, and UsageProblem while another run of this
    name is at work.
    """
    with only_one(named):
        memory = recall(named.reports, named.name)
        remember(named.reports, named.name, memory)  # so that a full disk cannot keep it out later
        try:
            if faults := ways.find_faults():
                raise SelftestError(f"the selftest failed: {faults[0]}")
            info, output = _Night(named, config, ways, plain=plain).sweep()
            keys = keys_of(config)
            report = OpenReport(output, keys)
            told = find_run(list_nights(named, keys), memory.told)
            found = news.count_news(report, told)
        except RunError as error:
            return _tell_problem(named, memory, ways, error)
        except Interrupted:
            raise
        except Exception as error:  # a bug of ours: told as any other problem, then shown as one
            _tell_problem(named, memory, ways, RunError(f"a bug in hashsweep: {error}"))
            raise
        done = Memory(told=info.run_id, finished=describe_now())
        if found:
            try:
                ways.deliver(news.describe_news(named, report, found, told, config.key_file))
            except NotToldError as error:
                ways.tell(str(error))
                remember(named.reports, named.name, replace(done, told=memory.told))
                return ExitCode.USAGE
        remember(named.reports, named.name, done)
        _remove_old(named, config, ways)
    return status_of(info)


def _tell_problem(named: NamedSweep, memory: Memory, ways: Ways, error: RunError) -> ExitCode:
    """Tell a problem unless the last one that was told is the same; return the exit status."""
    ways.tell(str(error))
    problem = news.SELFTEST if isinstance(error, SelftestError) else news.classify(error)
    if problem != memory.problem:
        now = datetime.datetime.now(datetime.UTC)
        try:
            ways.deliver(news.describe_problem(named.name, problem, now))
        except NotToldError as failure:
            ways.tell(str(failure))
        else:
            remember(named.reports, named.name, replace(memory, problem=problem))
    return error.exit_code


class _Night:
    """The sweep of one night."""

    def __init__(self, named: NamedSweep, config: ScanConfig, ways: Ways, *, plain: bool) -> None:
        self._named, self._ways, self._plain = named, ways, plain
        nights = list_nights(named, keys_of(config))
        for each in nights:
            if each.report is None:
                ways.tell(f"{each.problem}; the sweep does not build on it")
        complete, unfinished = find_newest_complete(nights), find_unfinished(nights)
        self._baseline = str(complete.path) if complete else None
        self._unfinished = unfinished.path if unfinished else None
        self._config = replace(
            config, sources=named.sources, resume=True, baseline=self._baseline,
            output=str(self._unfinished or name_new(named.reports)),
        )  # fmt: skip

    def sweep(self) -> tuple[SweepInfo, Path]:
        """Sweep; return what sweep.json says, and where the report is."""
        output = Path(self._config.output or "")
        with build_plan(self._config, plain=self._plain) as plan:
            for warning in plan.warnings:
                self._ways.tell(warning)
            began = _Began()
            try:
                return sweep(plan, output, [*self._ways.listeners, began]), output
            except DifferentSweep as error:
                self._ways.tell(f"{error}. A new report is started")
            except ReportError as error:
                is_at_work = not self._unfinished or OpenReport(output).state == "running"
                if began.happened or is_at_work or news.classify(error) == news.FULL_DISK:
                    raise
                self._ways.tell(f"{error}; it cannot be resumed, so a new report is started")
                if self._baseline is None:
                    return self._anew()
            new = name_new(self._named.reports)
            with move_plan(
                plan, str(new), self._baseline or str(output), plain=self._plain
            ) as moved:
                return sweep(moved, new, self._ways.listeners), new

    def _anew(self) -> tuple[SweepInfo, Path]:
        """Sweep without any earlier report."""
        new = name_new(self._named.reports)
        config = replace(self._config, output=str(new))
        with build_plan(config, plain=self._plain) as plan:
            return sweep(plan, new, self._ways.listeners), new


class _Began(Listener):
    """Knows whether a sweep began its work, or was refused before."""

    def __init__(self) -> None:
        self.happened = False

    def begin(self, _: SweepInfo) -> None:
        """Note it."""
        self.happened = True


def list_nights(named: NamedSweep, keys: Keys | None) -> list[Shelved]:
    """Return the reports that named sweeps wrote into the folder; raises ReportError."""
    return [each for each in list_reports(named.reports, keys) if _DATED.fullmatch(each.path.name)]


def name_new(reports: Path) -> Path:
    """Return where a new report goes: a folder named by the moment, in UTC."""
    path = reports / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%SZ}"
    number = 1
    while os.path.lexists(path):  # two within a second
        number += 1
        path = path.with_name(f"{path.name.partition('Z')[0]}Z-{number}")
    return path


@contextmanager
def only_one(named: NamedSweep) -> Iterator[None]:
    """Keep other runs of this name out; raises UsageProblem if one is at work, and ReportError."""
    path = named.reports / f".{named.name}.lock"
    try:
        named.reports.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageProblem(
                f"another run of {named.name} is still at work; none was started"
            ) from error
        except OSError as error:
            raise ReportError(f"{path} cannot be locked: {error.strerror}") from error
        yield
    finally:
        os.close(lock)


def _remove_old(named: NamedSweep, config: ScanConfig, ways: Ways) -> None:
    """Remove reports that need not be kept; what cannot be removed is told, and stays."""
    if not (named.keep_daily or named.keep_monthly):
        return
    try:
        keep = Keep(named.keep_daily, named.keep_monthly)
        for each in plan_removal(named.reports, keep, keys_of(config)):
            if each.why_kept is None and _DATED.fullmatch(each.path.name):
                remove_report(each.path)
                ways.tell(f"{each.path} is removed: it is older than what is kept")
    except RunError as error:
        ways.tell(f"reports that are too old could not be removed: {error}")

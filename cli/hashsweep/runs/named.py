"""A named sweep as its table says it: `[sweep.NAME]` has the options of a sweep, and a few more.

Knows no command and no terminal.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hashsweep.errors import UsageProblem
from hashsweep.safe_text import printable
from hashsweep.settings.files import ConfigFile
from hashsweep.settings.options import Option, Setting, find_table
from hashsweep.storage.uris import is_remote

TABLE = "sweep"
"""The table whose tables are named sweeps."""

OWN = (
    Option("sources", "texts"),
    Option("reports", "text"),
    Option("notify", "texts"),
    Option("keep-daily", "number"),
    Option("keep-monthly", "number"),
)
"""Keys that are no options of `scan`."""

NOT_SET = {
    "output": "`reports` says where reports go",
    "resume": "an unfinished report is always resumed",
    "or-new": "a new report is started where lists or options changed",
    "baseline": "the newest complete report is taken",
    "dry-run": "use `hashsweep run NAME --dry-run`",
    "json": "the report has it all",
    "quiet": "a named sweep prints only what is new",
    "exit-zero": "the exit status says what was found",
    "files-from": "name what is swept in `sources` or `manifest`",
    "null": "name what is swept in `sources` or `manifest`",
    "shard": "a named sweep is a whole one",
}
"""Options of `scan` that a named sweep does not take, and why."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class NamedSweep:
    """What is no option of a sweep.

    `keep_daily` and `keep_monthly` count days and months of which the newest report is kept; both
    are 0 where nothing is to be removed. `notify` is a program and its arguments; empty for none.
    """

    name: str
    sources: tuple[str, ...]
    reports: Path
    notify: tuple[str, ...] = ()
    keep_daily: int = 0
    keep_monthly: int = 0


def names_of(config: ConfigFile) -> list[str]:
    """Return the names of a configuration's sweeps; raises UsageProblem if one is none."""
    found = []
    for name, content in find_table(config, (TABLE,)).items():
        if not isinstance(content, dict):
            raise UsageProblem(
                f"{printable(f'{config.path} [{TABLE}] {name}')}: a sweep has a table of its own, "
                f"such as [{TABLE}.nightly]"
            )
        if not _NAME.fullmatch(name):
            raise UsageProblem(
                f"{printable(f'{config.path} [{TABLE}.{name}]')}: a name consists of a-z, 0-9, - "
                "and _"
            )
        found.append(name)
    return found


def check_name(config: ConfigFile, name: str) -> None:
    """Raise UsageProblem unless there is a sweep of this name."""
    if config.path is None:
        raise UsageProblem(
            "there is no configuration file, so there is no named sweep: `hashsweep config show` "
            "says where one is looked for"
        )
    if name not in (known := names_of(config)):
        there = f"it has {', '.join(known)}" if known else f"write a table [{TABLE}.{name}]"
        raise UsageProblem(f"{printable(config.path)} has no sweep {printable(name)}: {there}")


def refuse_unfit(settings: Mapping[str, Setting]) -> None:
    """Raise UsageProblem for an option of `scan` that a named sweep does not take."""
    for key, setting in settings.items():
        if key in NOT_SET:
            raise UsageProblem(
                f"{setting.origin}: a named sweep does not take this: {NOT_SET[key]}"
            )


def build_named(name: str, place: str, settings: Mapping[str, Setting]) -> NamedSweep:
    """Return a named sweep; `place` names its table. Raises UsageProblem."""
    sources = _texts(settings, "sources")
    if not sources and not _texts(settings, "manifest"):
        raise UsageProblem(f"{place}: it has no `sources` and no `manifest`")
    if "reports" not in settings:
        raise UsageProblem(f"{place}: it has no `reports`, the folder that reports go into")
    reports = str(settings["reports"].value)
    if is_remote(reports):
        raise UsageProblem(
            f"{settings['reports'].origin}: the reports of a named sweep go into a folder here"
        )
    _check_places(settings, sources, reports)
    keep = [_count(settings, key) for key in ("keep-daily", "keep-monthly")]
    notify = tuple(_texts(settings, "notify"))
    if notify and not notify[0].startswith("/"):
        raise UsageProblem(
            f"{settings['notify'].origin}: write the program with its whole path, such as "
            "/usr/bin/mail"
        )
    return NamedSweep(name, tuple(sources), Path(reports), notify, *keep)


def _check_places(settings: Mapping[str, Setting], sources: Sequence[str], reports: str) -> None:
    """Raise UsageProblem for a path that depends on where a run starts, and for reports in sources.

    Names alone are compared: no disk is asked, since one may be dead.
    """
    here = [each for each in sources if not is_remote(each)]
    for key, paths in (("sources", here), ("reports", [reports])):
        for path in paths:
            if not path.startswith("/"):
                raise UsageProblem(
                    f"{settings[key].origin}: write the whole path, from /, not {printable(path)}"
                )
    for path in here:
        if Path(reports).is_relative_to(path):
            raise UsageProblem(
                f"{settings['reports'].origin}: the folder lies in the source {printable(path)}: "
                "reports would be swept themselves"
            )


def _texts(settings: Mapping[str, Setting], key: str) -> Sequence[str]:
    value = settings[key].value if key in settings else []
    return value if isinstance(value, list) else [str(value)]


def _count(settings: Mapping[str, Setting], key: str) -> int:
    """Return a number of days or months, 0 where there is none."""
    if key not in settings:
        return 0
    text = str(settings[key].value)
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:  # noqa: PLR2004
        raise UsageProblem(f"{settings[key].origin}: this has to be a whole number from 1")
    return int(text)

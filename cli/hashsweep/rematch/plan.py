"""Reports and lists, as the user named them, to ready objects for a rematch. Knows no terminal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hashsweep.errors import ListError, ReportError, UsageProblem
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.delta import Renewed
from hashsweep.hashlists.describe import facts
from hashsweep.hashlists.opening import index, is_piped
from hashsweep.model import HashSpec
from hashsweep.rematch.compare import Against
from hashsweep.rematch.pool import Pool
from hashsweep.report import gaps
from hashsweep.report.encryption import Keys
from hashsweep.report.open_report import OpenReport, damaged
from hashsweep.report.signing import Signer
from hashsweep.sweep import resume
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import check_plain, decisions_of, keys_of, signer_of, unused_key
from hashsweep.sweep.work import Comparison, compared, opened, processors

if TYPE_CHECKING:
    from hashsweep.analysis.decisions import Decisions

MANY_ROWS = 200_000
"""Rows from which compiling the search pays for lists of COMPILED_FROM hashes, too."""

COMPILED_FROM = 300_000

_RULES = ("columns", "categories", "scheme", "confirm")
"""Options that say how a list is read and what a match is; distances are compared by algorithm."""


@dataclass(frozen=True)
class Source:
    """A source of an earlier sweep."""

    name: str


@dataclass(frozen=True)
class RematchPlan:
    """Ready objects for one rematch; accounted for as a sweep is (accounting.Run)."""

    config: ScanConfig
    pool: Pool
    comparison: Comparison
    against: Against
    keys: Keys | None
    signer: Signer | None
    decisions: "Decisions | None" = None
    changes: str | None = None
    baseline: None = None

    @property
    def lists(self) -> Sequence[CompiledList]:
        """What is matched against."""
        return self.comparison.lists

    def check_unchanged(self) -> None:
        """Raise ListError if a list was written into since it was opened."""
        for each in (*self.lists, *filter(None, [self.against.old])):
            each.check_unchanged()

    @property
    def warnings(self) -> Sequence[str]:
        """What is to be told before it begins."""
        more = self.decisions.warnings(self.lists) if self.decisions else []
        unused = unused_key(self.config, [each.sweep for each in self.pool.reports])
        return [*self.comparison.warnings, *more, *unused]

    @property
    def specs(self) -> Sequence[HashSpec]:
        """What is compared."""
        return self.comparison.specs

    @property
    def workers(self) -> int:
        """Threads that search."""
        return self.config.workers or processors()

    @cached_property
    def sources(self) -> Sequence[Source]:
        """The sources of all sweeps."""
        return [Source(name) for name in self._all("sources")]

    @cached_property
    def mounts(self) -> Sequence[str]:
        """Disks that were mounted when they were swept."""
        return self._all("mounts")

    def options(self) -> dict[str, Any]:
        """Return the options as plain values; --max-frames is the sweeps', the least of them."""
        least = min(_most_frames(each.sweep) for each in self.pool.reports)
        return {**asdict(self.config), "max_frames": least, "changes": self.changes}

    def in_force(self) -> tuple[str, ...]:
        """Nothing is opened that strangers chose, so nothing is given up."""
        return ()

    def _all(self, key: str) -> list[str]:
        found = [name for each in self.pool.reports for name in each.sweep.get(key, ())]
        return sorted(dict.fromkeys(found))


@contextmanager
def planned(
    reports: Sequence[str], config: ScanConfig, changes: str | None, *, plain: bool = False
) -> Iterator[RematchPlan]:
    """Open reports and lists; compiled lists that are made for it go away at the end.

    `changes` names the list as the reports were matched against it, for a rematch with what has
    changed since. `plain` says that names of an encrypted report may go into one that is not.
    Raises RunError for anything that makes the run impossible.
    """
    _check(config, changes)
    keys = keys_of(config)
    signer = signer_of(config)
    decisions = decisions_of(config)
    named = [OpenReport(name, keys) for name in dict.fromkeys(reports)]
    for report in named:
        _check_form(report)
    pool = Pool(named, _version_of)
    if not (config.encrypt or plain):
        check_plain(named)
    with ExitStack() as held:
        comparison = compared(config, held)
        against = Against(
            comparison.lists,
            comparison.specs,
            comparison.max_distance,
            config.confirm,
            [_same_names(comparison.lists)] * len(pool.reports),
            compiled_from=COMPILED_FROM if pool.rows >= MANY_ROWS else None,
            decide=decisions.apply if decisions else None,
        )
        if changes is not None:
            against = _changed(against, pool, config, changes, held)
        yield RematchPlan(config, pool, comparison, against, keys, signer, decisions, changes)


def _check(config: ScanConfig, changes: str | None) -> None:
    if not config.lists and not config.known_good:
        raise UsageProblem("name a --list to match against")
    if changes is None:
        return
    if len(config.lists) != 1:
        raise UsageProblem("--changes compares one --list with what it was: name that --list alone")
    if is_piped(changes) and any(map(is_piped, (*config.lists, *config.known_good))):
        raise UsageProblem("standard input can be read only once: - is named twice")


def _check_form(report: OpenReport) -> None:
    """Raise ReportError where sweep.json lacks what is taken from it."""
    sweep = {"mounts": [], **report.sweep, "state": report.state}
    wanted = {
        "run_id": str, "started": str, "options": dict, "lists": list, "hashes": list,
        "sources": list, "mounts": list,
    }  # fmt: skip
    wrong = [name for name, kind in wanted.items() if not isinstance(sweep.get(name), kind)]
    for name, is_right in (
        ("lists", _has_name), ("hashes", _is_hash), ("sources", _is_text), ("mounts", _is_text),
    ):  # fmt: skip
        if name not in wrong and not all(map(is_right, sweep[name])):
            wrong.append(name)
    if wrong:
        raise ReportError(f"report {report.name}/sweep.json is damaged: {wrong[0]}")
    with damaged(f"{report.name}/sweep.json"):
        gaps.is_ended(sweep)
        gaps.shards_of([sweep])
        _most_frames(sweep)


def _most_frames(sweep: Mapping[str, Any]) -> int:
    """Return --max-frames of a sweep; an older one hashed the first frame alone."""
    return int(sweep["options"].get("max_frames") or 1)


def _has_name(each: Any) -> bool:
    return isinstance(each, dict) and isinstance(each.get("name"), str)


def _is_hash(each: Any) -> bool:
    numbers = [each.get(name) for name in ("max_distance", "bits")] if _has_name(each) else []
    are_right = bool(numbers) and all(isinstance(number, int) for number in numbers)
    return are_right and 0 <= numbers[0] <= numbers[1]


def _is_text(each: Any) -> bool:
    return isinstance(each, str)


def _version_of(algorithm: str) -> str | None:
    return HASHERS.load(algorithm).spec.version if algorithm in HASHERS.names else None


def _same_names(lists: Sequence[CompiledList]) -> dict[str, str]:
    return {each.name: each.name for each in lists if not each.known_good}


def _changed(
    against: Against, pool: Pool, config: ScanConfig, changes: str, held: ExitStack
) -> Against:
    """Return what to compare with where reports were matched against the list's older version."""
    (old,) = opened(replace(config, lists=(changes,), known_good=()), held)
    new = next(each for each in against.lists if not each.known_good)
    if old.known_good:
        raise ListError(f"{changes} is a list of harmless files: it has no matches to change")
    for report in pool.reports:
        _check_options(report, config, against)
    names = [{_name_in(report, facts(old), changes): new.name} for report in pool.reports]
    return replace(against, names=names, renewed=Renewed(old, new, index), old=old)


def _name_in(report: OpenReport, old: Mapping[str, Any], changes: str) -> str:
    """Return what the report calls the list; raises UsageProblem if it was not matched with it."""
    with damaged(f"{report.name}/sweep.json"):
        for each in report.sweep["lists"]:
            if resume.identity(each) == resume.identity(old):
                return str(each["name"])
    raise UsageProblem(
        f"report {report.name} was not matched against {changes} as it is: leave out --changes"
    )


def _check_options(report: OpenReport, config: ScanConfig, against: Against) -> None:
    """Raise UsageProblem where the report's own matches were made by other rules."""
    before = {each["name"]: each.get("max_distance") for each in report.sweep["hashes"]}
    now = {s.name: against.max_distance.get(s.name, s.max_distance) for s in against.specs}
    options, given = report.sweep["options"], json.loads(json.dumps(asdict(config)))
    told = [
        resume.SAME_OPTIONS[name]
        for name in _RULES
        if (options.get(name) or None) != (given[name] or None)  # older reports lack some
    ]
    told += ["--max-distance"] * any(before.get(n, now[n]) != now[n] for n in now)
    if told:
        raise UsageProblem(
            f"report {report.name} was matched with another {told[0]}: leave out --changes"
        )

"""Turns the user's reports and lists into ready objects for a rematch. Knows no terminal."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hashsweep.errors import ListError, UsageProblem
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.delta import ListDelta
from hashsweep.hashlists.low_words import list_searchable
from hashsweep.hashlists.opening import is_piped
from hashsweep.matching.possible import Prepared, prepare
from hashsweep.model import HashSpec
from hashsweep.rematch.compare import Against
from hashsweep.rematch.pool import Pool
from hashsweep.report import gaps
from hashsweep.report.carried_over import Ruleset, merge_rulesets
from hashsweep.report.encryption import Keys
from hashsweep.report.open_report import OpenReport, find_period
from hashsweep.report.resources import Resources
from hashsweep.report.retractions import Standing
from hashsweep.report.signing import Signer
from hashsweep.report.sweep_json import (
    ChangesInfo,
    ListInfo,
    MadeOf,
    RematchInfo,
    SweepInfo,
)
from hashsweep.sweep import resume
from hashsweep.sweep.accounting import list_info, ruleset
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import check_plain, decisions_of, keys_of, signer_of, warn_unused_key
from hashsweep.sweep.work import Comparison, count_workers, open_named_lists, prepare_comparison
from hashsweep.variants import LEVELS

if TYPE_CHECKING:
    from hashsweep.analysis.decisions import Decisions

MANY_ROWS = 200_000
"""From this many rows on, compiling the search pays for lists of COMPILED_FROM hashes, too."""

COMPILED_FROM = 300_000

_RULES = ("columns", "categories", "scheme", "confirm", "variants")
"""Options that say how to read a list and what is a match; distances are compared by algorithm."""


@dataclass(frozen=True)
class Source:
    """A source of an earlier sweep."""

    name: str


@dataclass(frozen=True)
class RematchPlan:
    """Ready objects for one rematch; recorded like a sweep (accounting.Fills)."""

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
        """The lists to match against."""
        return self.comparison.lists

    def check_unchanged(self) -> None:
        """Raise ListError if a list was modified since it was opened."""
        for each in (*self.lists, *filter(None, [self.against.old])):
            each.check_unchanged()

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings to print before it starts."""
        more = self.decisions.warnings(self.lists) if self.decisions else []
        unused = warn_unused_key(self.config, [each.sweep for each in self.pool.reports])
        return [*self.comparison.warnings, *more, *unused]

    @property
    def specs(self) -> Sequence[HashSpec]:
        """The hashes compared."""
        return self.comparison.specs

    @property
    def workers(self) -> int:
        """Number of search threads."""
        return self.resources.workers

    @cached_property
    def resources(self) -> Resources:
        """Its threads; nothing bounds their memory."""
        workers, by = count_workers(self.config)
        return Resources(workers=workers, workers_by=by, max_memory=None, memory_by=None)

    @cached_property
    def sources(self) -> Sequence[Source]:
        """The sources of all sweeps."""
        return [Source(name) for name in _distinct(each.sources for each in self._sweeps)]

    @cached_property
    def mounts(self) -> Sequence[str]:
        """Disks that were mounted during these sweeps."""
        return _distinct(each.mounts for each in self._sweeps)

    def options(self) -> dict[str, Any]:
        """Return the options as plain values; --max-frames is the smallest of the sweeps'."""
        least = min(each.max_frames for each in self._sweeps)
        return {**asdict(self.config), "max_frames": least, "changes": self.changes}

    def rulesets(self) -> list[Ruleset]:
        """Return today's rules, by which nothing was looked at, and those of the reports."""
        return merge_rulesets([ruleset()], [each.rulesets for each in self._sweeps])[0]

    def in_force(self) -> tuple[str, ...]:
        """Return nothing: no file chosen by strangers is opened, so no privileges are dropped."""
        return ()

    def rematch_fields(self) -> dict[str, Any]:
        """Return the fields of SweepInfo that only a rematch has, before its first row."""
        reports = self.pool.reports
        seen = [when for report in reports for when in find_period(report)]
        renewed, old = self.against.renewed, self.against.old
        changes = (
            ChangesInfo(old=list_info(old), searched=dict(renewed.hashes))
            if renewed and old
            else None
        )
        parts = zip(reports, self.pool.unused, self.against.names, strict=True)
        return {
            "observed": (min(seen), max(seen)),
            "rematch_of": [_describe_report(*each) for each in parts],
            "rematch": RematchInfo(
                changes=changes,
                unfinished=[each.name for each in reports if not each.is_whole],
                shards=gaps.shards_of(self._sweeps),
                superseded=0,
                lacking={},
                lacking_items=0,
                matches=Standing().info(),
            ),
        }

    @property
    def _sweeps(self) -> Sequence[SweepInfo]:
        return [each.sweep for each in self.pool.reports]


def _distinct(names: Iterable[Iterable[str]]) -> list[str]:
    return sorted({name for each in names for name in each})


def _describe_report(
    report: OpenReport, unused: dict[str, str], names: Mapping[str, str]
) -> MadeOf:
    sweep = report.sweep
    by_list = sweep.tally.by_list
    return MadeOf(
        run_id=sweep.run_id,
        report=report.name,
        state=report.state,
        started=sweep.started,
        ended=sweep.ended,
        hashsweep=sweep.hashsweep,
        decoders=sweep.decoders,
        options=sweep.options,
        hashes=sweep.hashes,
        sources=sweep.sources,
        lists=[each.name for each in sweep.lists],
        skipped=sweep.tally.skipped,
        unused_hashes=unused,
        not_looked_for={name: count for name, count in by_list.items() if name not in names},
        superseded=0,
    )


@contextmanager
def build_plan(
    reports: Sequence[str], config: ScanConfig, changes: str | None, *, plain: bool = False
) -> Iterator[RematchPlan]:
    """Open reports and lists; lists compiled for it are removed at the end.

    `changes` names the version of the list that the reports were matched against, to search only
    what changed since. `plain` allows names of an encrypted report in an unencrypted one.
    Raises RunError if anything makes the run impossible.
    """
    _check(config, changes)
    keys = keys_of(config)
    signer = signer_of(config)
    decisions = decisions_of(config)
    named = [OpenReport(name, keys) for name in dict.fromkeys(reports)]
    pool = Pool(named, _version_of)
    if not (config.encrypt or plain):
        check_plain(named)
    with ExitStack() as stack:
        comparison = prepare_comparison(config, stack)
        rulesets = merge_rulesets([ruleset()], [each.sweep.rulesets for each in pool.reports])
        against = Against(
            comparison.lists,
            comparison.specs,
            comparison.max_distance,
            config.confirm,
            [_same_names(comparison.lists)] * len(pool.reports),
            rulesets[1],
            compiled_from=COMPILED_FROM if pool.rows >= MANY_ROWS else None,
            kinds=LEVELS[config.variants],
            decide=decisions.apply if decisions else None,
            possible=_prepare_possible(comparison.lists) if config.possible else None,
        )
        if changes is not None:
            against = _restrict_to_changes(against, pool, config, changes, stack)
        yield RematchPlan(config, pool, comparison, against, keys, signer, decisions, changes)


def _check(config: ScanConfig, changes: str | None) -> None:
    if not config.lists and not config.known_good:
        raise UsageProblem("give a --list to match against")
    if changes is None:
        return
    if len(config.lists) != 1:
        raise UsageProblem(
            "--changes compares one --list with its earlier version: give only that --list"
        )
    if is_piped(changes) and any(map(is_piped, (*config.lists, *config.known_good))):
        raise UsageProblem("standard input can be read only once: - was given twice")


def _prepare_possible(lists: Sequence[CompiledList]) -> dict[str, Prepared]:
    """Return what the search for leads needs, by list; all threads share it."""
    return {
        each.name: prepare(each.column("pdq").hashes, indexed=True)
        for each in list_searchable(lists)
    }


def _version_of(algorithm: str) -> str | None:
    return HASHERS.load(algorithm).spec.version if algorithm in HASHERS.names else None


def _same_names(lists: Sequence[CompiledList]) -> dict[str, str]:
    return {each.name: each.name for each in lists if not each.known_good}


def _restrict_to_changes(
    against: Against, pool: Pool, config: ScanConfig, changes: str, stack: ExitStack
) -> Against:
    """Return what to compare with if reports were matched against the list's older version."""
    (old,) = open_named_lists(replace(config, lists=(changes,), known_good=()), stack)
    new = next(each for each in against.lists if not each.known_good)
    if old.known_good:
        raise ListError(f"{changes} is a list of harmless files: it has no matches to change")
    for report in pool.reports:
        _check_options(report, config, against)
    names = [{_name_in(report, list_info(old), changes): new.name} for report in pool.reports]
    return replace(against, names=names, renewed=ListDelta(old, new), old=old)


def _name_in(report: OpenReport, old: ListInfo, changes: str) -> str:
    """Return the list's name in the report; raises UsageProblem if the report did not use it."""
    for each in report.sweep.lists:
        if each.identity == old.identity:
            return each.name
    raise UsageProblem(
        f"report {report.name} was not matched against this {changes}: leave out --changes"
    )


def _check_options(report: OpenReport, config: ScanConfig, against: Against) -> None:
    """Raise UsageProblem if the report's own matches were made by other rules."""
    before = {each.name: each.max_distance for each in report.sweep.hashes}
    now = {s.name: against.max_distance.get(s.name, s.max_distance) for s in against.specs}
    options, given = report.sweep.options, json.loads(json.dumps(asdict(config)))
    other = [resume.SAME_OPTIONS[name] for name in _RULES if options.get(name) != given[name]]
    other += ["--max-distance"] * any(before.get(n, now[n]) != now[n] for n in now)
    if other:
        raise UsageProblem(
            f"report {report.name} was matched with a different {other[0]}: leave out --changes"
        )

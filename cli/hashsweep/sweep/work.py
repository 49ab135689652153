"""Turns lists, hashes and limits into work for workers. Knows no source, no report."""

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from hashsweep.engines import limits
from hashsweep.engines.base import Engine, Job
from hashsweep.errors import ListError, ReportError, UsageProblem
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.access import Scratch, hold_open
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.describe import age_days, count_refusals
from hashsweep.hashlists.importing import ListOptions
from hashsweep.hashlists.low_words import list_searchable, write_low_words
from hashsweep.hashlists.opening import is_piped, open_lists
from hashsweep.model import HashSpec
from hashsweep.report.resources import ChosenBy, Resources
from hashsweep.safe_text import printable
from hashsweep.storage.fetching import FETCHER
from hashsweep.storage.memory import by_descriptor
from hashsweep.sweep.config import MAX_MEMORY, PRELOAD, ScanConfig
from hashsweep.variants import LEVELS

WORKER = "hashsweep.sweep.worker:open_worker"

_COMMAND, _WORKER, _LEAST = 256 << 20, 64 << 20, 64 << 20
# Bytes that the command and its fork server take, and each worker at its start; a worker gets the
# last for its files whatever a container allows.

_TRIES = 5  # a list that is replaced that often while it is opened is not reliable

HANDED = 200
"""So many open folders are handed to workers, as one message of a socket holds 253 descriptors.
Further ones are opened by each worker, which a disk that gives no answer would hold up."""

WEAK_BITS = 64
"""Hashes of at most this many bits agree by chance on long lists; --confirm is for them."""


_FRAMES_SHARE = 0.8
"""Share of --item-timeout after which no further frame is begun: those left count as left out."""


@dataclass(frozen=True)
class Work:
    """What to do with each item, ready to start: `lists` are open, `specs` are computed."""

    lists: tuple[CompiledList, ...]
    specs: tuple[HashSpec, ...]
    engine: Engine
    job: Job
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What to compare with what.

    `lists` are open, `specs` are their algorithms and those requested, `max_distance` is in bits by
    algorithm, where the user gave any.
    """

    lists: tuple[CompiledList, ...]
    specs: tuple[HashSpec, ...]
    max_distance: Mapping[str, int]
    warnings: tuple[str, ...] = ()


def prepare_comparison(config: ScanConfig, stack: ExitStack, *, verify: bool = True) -> Comparison:
    """Open the lists and choose the hashes (see prepare_work)."""
    lists = open_named_lists(config, stack, verify=verify)
    _check_strict(config, lists)
    warnings = _check_age(config, lists)
    specs = _specs(config, [algorithm for each in lists for algorithm in each.algorithms])
    if config.confirm and len(specs) == 1 and specs[0].bits <= WEAK_BITS:
        raise UsageProblem(f"--confirm needs a second hash besides {specs[0].name}")
    if config.possible and not list_searchable(lists):
        warnings += ("--possible finds nothing: no list holds a PDQ",)
    if config.keep_views and not LEVELS[config.variants]:
        raise UsageProblem(f"--keep-views keeps nothing with --variants {config.variants}")
    if config.keep_views and "pdq" not in {spec.name for spec in specs}:
        warnings += ("--keep-views keeps nothing: no PDQ is computed",)
    return Comparison(tuple(lists), specs, _distances(config, specs), warnings)


def prepare_work(
    config: ScanConfig,
    stack: ExitStack,
    *,
    verify: bool = True,
    in_memory: Sequence[str] = (),
    fetch: dict[str, Any] | None = None,
    gate: bool = False,
    many: bool = True,
    roots: Sequence[tuple[str, int]] = (),
) -> Work:
    """Open the lists and choose the hashes; temporary files are removed with `stack`.

    Without `verify`, a compiled list's bytes are left to be checked (CompiledList.verify).
    `in_memory` are the URIs of items that storage.memory holds, `fetch` is how objects are fetched
    if there may be any. With `gate` links are followed, and files are held to config.max_file_size.
    Unless there may be `many` files, nothing is indexed for them.
    Workers open the very lists that are open here, whatever their names are by then. Below `roots`,
    absolute paths and descriptors of these folders, workers follow no link. Raises RunError for
    anything that makes the work impossible.
    """
    comparison = prepare_comparison(config, stack, verify=verify)
    lists, specs = comparison.lists, comparison.specs
    options = {
        "hashes": [spec.name for spec in specs],
        "lists": [(str(each.open_as), each.stamp, each.name, each.known_good) for each in lists],
        "max_distance": comparison.max_distance,
        "confirm": config.confirm,
        "views": LEVELS[config.variants],
        "possible": _prepare_possible(config, lists, stack, many=many),
        "exact": config.exact,
        "max_pixels": config.max_pixels,
        "max_frames": config.max_frames,
        "keep_frames": config.keep_frames,
        "keep_views": config.keep_views,
        "frame_seconds": _FRAMES_SHARE * _item_timeout(config),
        "in_memory": [*in_memory],
        "fetch": fetch,
        "digest_only": config.digest_only,
        "max_size": config.max_file_size if gate else None,
        "follow": gate,
        "roots": [
            (path, number if number < HANDED else by_descriptor(descriptor))
            for number, (path, descriptor) in enumerate(roots)
        ],
    }
    handed = tuple(descriptor for _, descriptor in roots[:HANDED])
    job = Job(WORKER, options, FETCHER if fetch else None, handed)
    return Work(lists, specs, _engine(config, specs), job, comparison.warnings)


def _item_timeout(config: ScanConfig) -> float:
    """Return the seconds for all of an item, which has at least the time of one part."""
    return max(config.item_timeout, config.timeout or 0)


def _prepare_possible(
    config: ScanConfig, lists: Sequence[CompiledList], stack: ExitStack, *, many: bool
) -> list[tuple[str, str, str]]:
    """Return what workers need to look for leads (see WorkerOptions); raises ReportError."""
    if not config.possible:
        return []
    scratch = Scratch(stack, in_memory=any(map(is_piped, config.lists)))
    try:
        return list(write_low_words(lists, scratch, indexed=many))
    except OSError as error:
        raise ReportError(f"{scratch.place}: {error.strerror}") from error


def open_named_lists(
    config: ScanConfig, stack: ExitStack, *, verify: bool = True
) -> list[CompiledList]:
    """Open the lists given as options, those of harmless files last (see opening.open_lists).

    Their files stay open until `stack` is closed, for CompiledList.check_unchanged.
    """
    options = ListOptions(
        columns=dict(config.columns),
        categories=frozenset(config.categories) if config.categories else None,
        scheme=config.scheme,
        readable=config.allow_readable_lists,
    )
    names = (*config.lists, *config.known_good)
    piped = sum(is_piped(name) for name in names)
    if piped + (config.files_from == "-") + ("-" in config.manifests) > 1:
        raise UsageProblem("standard input can be read only once: - was given twice")
    scratch = Scratch(stack, in_memory=piped > 0)
    taken: set[str] = set()
    lists = open_lists(config.lists, options, scratch, taken, stack, verify=verify)
    good = replace(options, known_good=True, categories=None)
    lists += open_lists(config.known_good, good, scratch, taken, stack, verify=verify)
    return [_hold(each, stack, verify=verify) for each in lists]


def _hold(opened: CompiledList, stack: ExitStack, *, verify: bool) -> CompiledList:
    """Keep a list's file open to the end; one that was replaced meanwhile is opened once more."""
    for _ in range(_TRIES):
        try:
            opened.open_as = hold_open(opened.path, stack)
            if opened.is_at(opened.open_as):
                return opened
        except OSError as error:
            raise ListError(f"list {opened.name}: {error.strerror}") from error
        known_good = opened.known_good
        opened = CompiledList(opened.path, verify=verify, name=opened.name)
        if opened.known_good != known_good:
            break
    raise ListError(f"list {opened.name} was replaced while it was being opened: start again")


def _check_strict(config: ScanConfig, lists: list[CompiledList]) -> None:
    for each in lists if config.strict else ():
        if counts := count_refusals(each):
            raise ListError(f"list {each.name}: {sum(counts.values())} rows refused (--strict)")


def _check_age(config: ScanConfig, lists: list[CompiledList]) -> tuple[str, ...]:
    """Return warnings for stale lists; raises ListError instead with --stale fail."""
    if config.max_list_age is None:
        return ()
    now = datetime.datetime.now(datetime.UTC)
    old = [(each.name, age_days(each, now)) for each in lists if not each.known_good]
    stale = [
        f"list {name} is {_age(days)} old; --max-list-age allows {config.max_list_age:g} days"
        for name, days in old
        if days > config.max_list_age
    ]
    if stale and config.stale == "fail":
        raise ListError("; ".join(stale))
    return tuple(stale)


def _age(days: float) -> str:
    """Return an age in the unit that people would use."""
    for least, unit in ((2, "days"), (2 / 24, "hours")):
        if days >= least:
            return f"{days if unit == 'days' else days * 24:.0f} {unit}"
    return f"{days * 24 * 60:.0f} minutes"


def _specs(config: ScanConfig, listed: list[str]) -> tuple[HashSpec, ...]:
    """Choose the algorithms: those on the lists that can be computed here, and those requested."""
    asked = HASHERS.names if "all" in config.hashes else config.hashes
    wanted = [name for name in HASHERS.names if name in listed or name in asked]
    for name in asked:
        if name not in wanted:
            HASHERS.load(name)  # raises an error that names the available ones
    if not wanted:
        raise UsageProblem(f"nothing to compute: give a --list or a --hash{_hint(config.sources)}")
    return tuple(HASHERS.load(name).spec for name in wanted)


def _hint(sources: Iterable[str]) -> str:
    """Return what helps whoever named a list among the sources."""
    named = [each for each in sources if each.endswith((".csv", ".hsl"))]
    return f" (is {printable(named[0])} a list? then --list {printable(named[0])})" if named else ""


def _distances(config: ScanConfig, specs: tuple[HashSpec, ...]) -> Mapping[str, int]:
    by_name = {spec.name: spec for spec in specs}
    for name, bits in config.max_distance:
        spec = by_name.get(name)
        if spec is None:
            raise UsageProblem(f"--max-distance {name}={bits}: {name} is not computed here")
        if spec.metric == "exact" and bits:
            raise UsageProblem(f"--max-distance {name}={bits}: {name} only matches exactly")
        if not 0 <= bits < spec.bits // 2:
            raise UsageProblem(f"--max-distance {name}={bits}: not within 0..{spec.bits // 2 - 1}")
    return dict(config.max_distance)


def _engine(config: ScanConfig, specs: tuple[HashSpec, ...]) -> Engine:
    if config.nice:
        from hashsweep.engines.confine import be_nice

        be_nice()
    if config.engine == "serial":
        from hashsweep.engines.serial import SerialEngine

        return SerialEngine()
    from hashsweep.engines.processes import ProcessEngine
    from hashsweep.engines.worker_process import Confinement

    preload = [*PRELOAD]
    if any(spec.reads == "picture" and spec.name != "pdq" for spec in specs):
        preload.append("hashsweep.hashers.image_hashes")
    config = fit(config)
    workers = config.workers or limits.processors()
    return ProcessEngine(
        workers,
        timeout=config.timeout,
        item_timeout=_item_timeout(config),
        preload=tuple(preload),
        confinement=Confinement(confined=True, memory=config.max_memory),
    )


def fit(config: ScanConfig) -> ScanConfig:
    """Return the options with defaults that fit into the container, where it bounds anything.

    What the user asks for stays as it is.
    """
    found = find_resources(config)
    if found.workers_by == "container":
        config = replace(config, workers=found.workers)
    if found.memory_by == "container" and found.max_memory is not None:
        config = replace(config, max_memory=found.max_memory)
    return config


def find_resources(config: ScanConfig) -> Resources:
    """Return how many workers there are, how much memory each may use, and what decides that."""
    if config.engine == "serial":
        return Resources(workers=1, workers_by="option", max_memory=None, memory_by=None)
    workers, by = count_workers(config)
    memory: int = config.max_memory
    memory_by: ChosenBy = "option"
    if memory == MAX_MEMORY:
        memory_by = "default"
        most = limits.memory()
        share = MAX_MEMORY if most is None else (most - _COMMAND) // workers - _WORKER
        if share < MAX_MEMORY:
            memory, memory_by = max(share, _LEAST), "container"
    return Resources(workers=workers, workers_by=by, max_memory=memory, memory_by=memory_by)


def count_workers(config: ScanConfig) -> tuple[int, ChosenBy]:
    """Return how many workers there are, and what decides that."""
    if config.workers:
        return config.workers, "option"
    workers = limits.processors()
    return workers, "container" if workers < len(os.sched_getaffinity(0)) else "default"

"""Options to ready objects: the only module that turns names into objects.

Knows no terminal.
"""

import datetime
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from hashsweep.engines.base import Engine, Job
from hashsweep.errors import ListError, UsageProblem
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.access import scratch
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.facts import age_days, refused
from hashsweep.hashlists.prepare import ListOptions
from hashsweep.lists import is_piped, open_lists
from hashsweep.media.frames import MAX_FRAMES
from hashsweep.media.picture import MAX_PIXELS
from hashsweep.model import HashSpec
from hashsweep.report.baseline import Baseline
from hashsweep.report.earlier import Earlier
from hashsweep.report.encryption import VARIABLE, Keys
from hashsweep.report.reader import parts, sealed_as, sweep_of
from hashsweep.report.writer import PART_ROWS, PART_SECONDS
from hashsweep.sources import Source
from hashsweep.sources.base import Choice
from hashsweep.sources.mounts import mounts

WORKER = "hashsweep.worker:open_worker"
MAX_MEMORY = 3 << 30
"""Bytes that a worker may add to what it has when it starts; 300 megapixels take some 2 GiB."""

WEAK_BITS = 64
"""Hashes of at most so many bits agree by chance on long lists; --confirm is about them."""

DEFAULT_HASHES = ("md5", "sha1", "sha256", "pdq")
"""What `hashsweep hash` computes unless told otherwise: what lists of the field carry."""


@dataclass(frozen=True)
class ScanConfig:
    """What the user asked for, as plain values; see `hashsweep scan --help` for each."""

    sources: tuple[str, ...] = ()
    files_from: str | None = None
    null: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None
    lists: tuple[str, ...] = ()
    known_good: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    scheme: str | None = None
    strict: bool = False
    allow_readable_lists: bool = False
    max_list_age: float | None = None
    stale: str = "warn"
    confirm: bool = False
    hashes: tuple[str, ...] = ()
    max_distance: tuple[tuple[str, int], ...] = ()
    exact: bool = False
    max_pixels: int = MAX_PIXELS
    max_frames: int = MAX_FRAMES
    timeout: float | None = 60.0
    max_memory: int = MAX_MEMORY
    nice: bool = False
    workers: int | None = None
    engine: str = "processes"
    output: str | None = None
    resume: bool = False
    baseline: str | None = None
    encrypt: bool = False
    key_file: str | None = None
    part_rows: int = PART_ROWS
    part_seconds: float = PART_SECONDS
    missing_is_failed: bool = False


@dataclass(frozen=True)
class Plan:
    """Ready objects for one run: `lists` are open, `specs` say what is computed."""

    config: ScanConfig
    sources: tuple[Source, ...]
    nested: tuple[str, ...]
    lists: tuple[CompiledList, ...]
    specs: tuple[HashSpec, ...]
    engine: Engine
    job: Job
    warnings: tuple[str, ...] = ()
    baseline: Baseline | None = None
    mounts: tuple[str, ...] = ()
    keys: Keys | None = None

    def options(self) -> dict[str, Any]:
        """Return the options as plain values, for the report."""
        return asdict(self.config)


@contextmanager
def planned(config: ScanConfig) -> Iterator[Plan]:
    """Build the plan; what it needs on disk (compiled lists, mode 0600) goes away at the end.

    Raises RunError for anything that makes the run impossible.
    """
    keys = _keys(config)
    sources, nested = _sources(config)
    for source in () if config.missing_is_failed else sources:
        source.check()
    with ExitStack() as held:
        lists = _lists(config, held)
        _check_strict(config, lists)
        warnings = _check_age(config, lists)
        specs = _specs(config, [algorithm for each in lists for algorithm in each.algorithms])
        if config.confirm and len(specs) == 1 and specs[0].bits <= WEAK_BITS:
            raise UsageProblem(f"--confirm needs a second hash beside {specs[0].name}")
        options = {
            "hashes": [spec.name for spec in specs],
            "lists": [(str(each.path), each.stamp, each.name, each.known_good) for each in lists],
            "max_distance": _distances(config, specs),
            "confirm": config.confirm,
            "exact": config.exact,
            "max_pixels": config.max_pixels,
            "max_frames": config.max_frames,
        }
        engine = _engine(config, specs)
        yield Plan(
            config,
            sources,
            nested,
            tuple(lists),
            specs,
            engine,
            Job(WORKER, options),
            warnings,
            _baseline(config, specs, keys),
            tuple(mounts(source.name for source in sources)),
            keys,
        )


def _check_strict(config: ScanConfig, lists: list[CompiledList]) -> None:
    for each in lists if config.strict else ():
        if counts := refused(each):
            raise ListError(f"list {each.name}: {sum(counts.values())} rows refused (--strict)")


def _sources(config: ScanConfig) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return the sources, and the named ones that lie inside another and are left out."""
    from hashsweep.sources.folder import FolderSource
    from hashsweep.sources.paths import PathsSource

    leave_out = None if config.output is None else os.path.realpath(config.output)
    choice = Choice(config.include, config.exclude, config.max_file_size)
    roots = {root: os.path.realpath(root) for root in dict.fromkeys(config.sources)}
    kept: list[Source] = []
    nested = []
    reals, met = set(roots.values()), set[str]()
    for root, real in roots.items():
        above = accumulate(real.split("/")[:-1], lambda path, name: f"{path}/{name}")
        inside = real != "/" and any((path or "/") in reals for path in above)
        if inside or real in met:
            nested.append(root)
        else:
            kept.append(FolderSource(root, choice, leave_out))
        met.add(real)
    if config.files_from is not None:
        kept.append(PathsSource(config.files_from, config.null, choice))
    if not kept:
        raise UsageProblem("name a folder, a file, or a list of paths with --files-from")
    return tuple(kept), tuple(nested)


def _keys(config: ScanConfig) -> Keys | None:
    keys = Keys.load(Path(config.key_file) if config.key_file is not None else None)
    if config.encrypt:
        if keys is None:
            raise UsageProblem(f"--encrypt needs a key: name one with --key-file or {VARIABLE}")
        keys.check()
    return keys


def _baseline(
    config: ScanConfig, specs: tuple[HashSpec, ...], keys: Keys | None
) -> Baseline | None:
    if config.baseline is None:
        return None
    folder = Path(config.baseline)
    sweep = sweep_of(folder)
    earlier = Earlier(parts(folder, "files"), keys, sealed_as(sweep))
    return Baseline(earlier, sweep, {s.name: s.version for s in specs}, config.max_frames)


def _lists(config: ScanConfig, held: ExitStack) -> list[CompiledList]:
    options = ListOptions(
        columns=dict(config.columns),
        categories=frozenset(config.categories) if config.categories else None,
        scheme=config.scheme,
        readable=config.allow_readable_lists,
    )
    names = (*config.lists, *config.known_good)
    piped = sum(is_piped(name) for name in names)
    if piped + (config.files_from == "-") > 1:
        raise UsageProblem("standard input can be read only once: - is named twice")
    folder = held.enter_context(scratch(in_memory=piped > 0))
    taken: set[str] = set()
    lists = open_lists(config.lists, options, folder, taken, held)
    good = replace(options, known_good=True, categories=None)
    return lists + open_lists(config.known_good, good, folder, taken, held)


def _check_age(config: ScanConfig, lists: list[CompiledList]) -> tuple[str, ...]:
    """Return warnings for stale lists; raises ListError instead where that was asked for."""
    if config.max_list_age is None:
        return ()
    now = datetime.datetime.now(datetime.UTC)
    old = [(each.name, age_days(each, now)) for each in lists if not each.known_good]
    told = [
        f"list {name} is {days:.1f} days old, more than --max-list-age {config.max_list_age:g}"
        for name, days in old
        if days > config.max_list_age
    ]
    if told and config.stale == "fail":
        raise ListError("; ".join(told))
    return tuple(told)


def _specs(config: ScanConfig, listed: list[str]) -> tuple[HashSpec, ...]:
    """Choose the algorithms: those on the lists that are computable here, and those asked for."""
    asked = HASHERS.names if "all" in config.hashes else config.hashes
    wanted = [name for name in HASHERS.names if name in listed or name in asked]
    for name in asked:
        if name not in wanted:
            HASHERS.load(name)  # raises the message that names what there is
    if not wanted:
        raise UsageProblem("nothing to compute: name a --list or a --hash")
    return tuple(HASHERS.load(name).spec for name in wanted)


def _distances(config: ScanConfig, specs: tuple[HashSpec, ...]) -> Mapping[str, int]:
    by_name = {spec.name: spec for spec in specs}
    for name, bits in config.max_distance:
        spec = by_name.get(name)
        if spec is None:
            raise UsageProblem(f"--max-distance {name}={bits}: {name} is not computed here")
        if spec.metric == "exact" and bits:
            raise UsageProblem(f"--max-distance {name}={bits}: {name} matches exactly or not")
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
    from hashsweep.engines.serving import Confinement

    preload = ["hashsweep.worker", "hashsweep.__main__", "hashsweep.commands"]
    if any(spec.reads == "picture" and spec.name != "pdq" for spec in specs):
        preload.append("hashsweep.hashers.image_hashes")
    workers = config.workers or processors()
    return ProcessEngine(
        workers,
        timeout=config.timeout,
        preload=tuple(preload),
        confinement=Confinement(confined=True, memory=config.max_memory),
    )


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))

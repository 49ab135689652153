"""Turns options into ready objects; the only module that turns names into objects.

Knows no terminal.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashsweep.errors import UsageProblem
from hashsweep.model import HashSpec
from hashsweep.report.carried_over import Ruleset
from hashsweep.report.encryption import VARIABLE, Keys
from hashsweep.report.folder import ReportFolder
from hashsweep.report.item_index import ItemIndex
from hashsweep.report.open_report import OpenReport
from hashsweep.report.resources import Resources
from hashsweep.report.segments import list_segments
from hashsweep.report.signing import Signer
from hashsweep.report.sweep_json import SweepInfo
from hashsweep.sources import Source
from hashsweep.sources.base import Choice
from hashsweep.sources.looking import Look, look_at
from hashsweep.sources.mounts import mounts
from hashsweep.sources.naming import folder_of
from hashsweep.storage.memory import by_descriptor
from hashsweep.storage.options import FetchOptions, StoreOptions
from hashsweep.storage.origins import is_web, origin_of
from hashsweep.storage.temporary_folders import TemporaryFolder, remove_orphans
from hashsweep.storage.uris import below, is_remote, split_uri, without_secrets
from hashsweep.sweep.accounting import ruleset
from hashsweep.sweep.baseline import Baseline
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.walker import WalkedFolder, Walker
from hashsweep.sweep.work import Work, find_resources, fit, prepare_work

if TYPE_CHECKING:
    from hashsweep.analysis.decisions import Decisions


@dataclass(frozen=True, kw_only=True)
class Plan(Work):
    """The work and its sources, as ready objects for one run.

    `walker` asks the disks, None where this process does it itself. `real_paths` are those of the
    local sources, by name.
    """

    config: ScanConfig
    resources: Resources
    sources: tuple[Source, ...]
    nested: tuple[str, ...]
    walker: Walker | None = None
    real_paths: Mapping[str, str] = field(default_factory=dict)
    baseline: Baseline | None = None
    mounts: tuple[str, ...] = ()
    keys: Keys | None = None
    signer: Signer | None = None
    decisions: "Decisions | None" = None

    def options(self) -> dict[str, Any]:
        """Return the options as plain values, for the report: web addresses without permissions."""
        config = self.config
        shown = replace(
            config,
            manifests=tuple(map(without_secrets, config.manifests)),
            manifest_base=without_secrets(config.manifest_base),
            endpoint=config.endpoint and without_secrets(config.endpoint),
        )
        return asdict(shown)

    def in_force(self) -> tuple[str, ...]:
        """Return which privileges the workers gave up (see engines.base.Engine)."""
        return self.engine.in_force()

    def folders(self) -> list[str]:
        """Return the folders and places in stores that the sources are, or that they lie in."""
        return [
            source.folder if isinstance(source, WalkedFolder) else folder_of(source.name)
            for source in self.sources
        ]

    def rulesets(self) -> list[Ruleset]:
        """Return the rules of this sweep, and those of what is carried over."""
        return self.baseline.rulesets if self.baseline else [ruleset()]

    def rematch_fields(self) -> dict[str, Any]:
        """Return nothing: a sweep has no input reports."""
        return {}


@contextmanager
def build_plan(config: ScanConfig, *, plain: bool = False) -> Iterator[Plan]:
    """Build the plan; its temporary files (compiled lists, mode 0600) are removed at the end.

    `plain` allows names from an encrypted baseline in an unencrypted report. Raises
    RunError if anything makes the run impossible.
    """
    remove_orphans()
    resources = find_resources(config)
    config = fit(config)
    keys = keys_of(config)
    signer = signer_of(config)
    decisions = decisions_of(config)
    with ExitStack() as stack:
        walker = _start_walker(config, stack)
        looks = {root: _look(root, walker, stack) for root in _local_roots(config)}
        sources, nested = _sources(config, looks, walker)
        for source in () if config.missing_is_failed else sources:
            source.check()
        far = bool(config.manifests) or any(is_remote(source.name) for source in sources)
        fetch = _fetch(config) if far and not config.digest_only else None
        roots = [
            (look.name, look.descriptor)
            for root, look in looks.items()
            if look.descriptor is not None and root not in nested
        ]
        work = prepare_work(config, stack, fetch=fetch, roots=roots)
        baseline = _baseline(config, work.specs, keys, stack, plain=plain)
        more = decisions.warnings(work.lists) if decisions else []
        more += warn_unused_key(config, [baseline.sweep] if baseline else [])
        real = _real_paths(sources, looks, walker)
        yield Plan(
            **vars(replace(work, warnings=(*work.warnings, *more))),
            config=config,
            resources=resources,
            sources=sources,
            nested=nested,
            baseline=baseline,
            walker=walker,
            real_paths=real,
            mounts=tuple(mounts(real, real.__getitem__)),
            keys=keys,
            signer=signer,
            decisions=decisions,
        )


@contextmanager
def move_plan(plan: Plan, output: str, baseline: str, *, plain: bool = False) -> Iterator[Plan]:
    """Give the plan of a new report at `output` with this baseline; it is otherwise the same.

    Uses the open lists of `plan`, which must outlive it. `plain` as in build_plan. Raises RunError.
    """
    from hashsweep.sources.folder import FolderSource

    config = replace(plan.config, output=output, baseline=baseline)
    leave_out = _leave_out(config)
    sources = tuple(
        replace(source, leave_out=leave_out)
        if isinstance(source, FolderSource | WalkedFolder)
        else source
        for source in plan.sources
    )
    with ExitStack() as stack:
        earlier = _baseline(config, plan.specs, plan.keys, stack, plain=plain)
        yield replace(plan, config=config, sources=sources, baseline=earlier)


def _start_walker(config: ScanConfig, stack: ExitStack) -> Walker | None:
    """Start the process that asks the disks; None if this process does it, as it does the work."""
    if config.engine == "serial":
        return None
    if config.nice:  # as of now: the process inherits it
        from hashsweep.engines.confine import be_nice

        be_nice()
    walker = Walker(config.timeout)
    stack.callback(walker.close)
    if any(_local_roots(config)):
        walker.start()
    return walker


def _local_roots(config: ScanConfig) -> list[str]:
    return [root for root in dict.fromkeys(config.sources) if not is_remote(root)]


def _look(root: str, walker: Walker | None, stack: ExitStack) -> Look:
    """Look at a source; a folder stays open until `stack` is closed: walk and workers use that."""
    found = walker.look(root) if walker else look_at(root)
    if found.descriptor is not None:
        stack.callback(os.close, found.descriptor)
    return found


def _real_paths(
    sources: Iterable[Source], looks: Mapping[str, Look], walker: Walker | None
) -> dict[str, str]:
    """Return where the local sources really are, by their names."""
    known = {look.name: look.real for look in looks.values()}
    for source in sources:
        name = source.name
        if not is_remote(name) and name not in known:
            known[name] = walker.resolve(name) if walker else os.path.realpath(name)
    return {source.name: known[source.name] for source in sources if not is_remote(source.name)}


def _leave_out(config: ScanConfig) -> str | None:
    """Return the real path of the report, which no sweep looks into."""
    output = config.output
    return None if output is None or is_remote(output) else os.path.realpath(output)


def _sources(
    config: ScanConfig, looks: Mapping[str, Look], walker: Walker | None
) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Return the sources, and those that are left out because they lie inside another."""
    from hashsweep.sources.folder import FolderSource
    from hashsweep.sources.paths import PathsSource, examine_paths

    leave_out = _leave_out(config)
    choice = Choice(config.include, config.exclude, config.max_file_size)
    roots = {root: look.real for root, look in looks.items()}
    far = [root for root in dict.fromkeys(config.sources) if is_remote(root)]
    kept, nested = _buckets(config, far, choice)
    reals, met = set(roots.values()), set[str]()
    for root, real in roots.items():
        above = accumulate(real.split("/")[:-1], lambda path, name: f"{path}/{name}")
        inside = real != "/" and any((path or "/") in reals for path in above)
        if inside or real in met:
            nested.append(root)
        else:
            found = looks[root]
            held = None if found.descriptor is None else by_descriptor(found.descriptor)
            kept.append(
                WalkedFolder(root, walker, found, choice, leave_out)
                if walker
                else FolderSource(root, choice, leave_out, held)
            )
        met.add(real)
    if config.files_from is not None:
        look = walker.examine if walker else examine_paths
        kept.append(PathsSource(config.files_from, config.null, choice, look))
    kept += _manifests(config, choice, walker)
    if not kept:
        raise UsageProblem("name a folder, a file, a bucket, --files-from or --manifest")
    return tuple(kept), tuple(nested)


def _buckets(config: ScanConfig, uris: list[str], choice: Choice) -> tuple[list[Source], list[str]]:
    """Return the sources in object stores, and those that lie inside another."""
    if not uris:
        return [], []
    from hashsweep.sources.bucket import BucketSource
    from hashsweep.storage.stores import Stores

    stores = Stores(store_options(config))
    kept: list[Source] = []
    nested = []
    for uri in uris:
        if is_web(uri):
            raise UsageProblem(
                f"source {without_secrets(uri)}: a web address cannot be listed; put it into a "
                "--manifest, and name its server with --allow-host"
            )
        try:
            split_uri(uri)
        except ValueError as error:
            raise UsageProblem(f"source {uri}: it names no bucket") from error
        others = [other for other in uris if other != uri]
        if any(below(uri, other) is not None for other in others):
            nested.append(uri)
        else:
            leave_out = config.output if is_remote(config.output or "") else None
            kept.append(BucketSource(uri, stores, choice, leave_out))
    return kept, nested


def _manifests(config: ScanConfig, choice: Choice, walker: Walker | None) -> list[Source]:
    """Return the manifests as sources."""
    options = (config.manifest_format, config.manifest_map, config.manifest_columns)
    if not config.manifests:
        if any((*options, config.manifest_base, config.all_versions, config.digest_only)):
            raise UsageProblem("--manifest-..., --all-versions and --digest-only need a --manifest")
        return []
    from hashsweep.sources.manifest import ManifestSource
    from hashsweep.sources.manifests.base import ListOptions
    from hashsweep.sources.paths import examine_paths
    from hashsweep.storage.stores import Stores

    stores = Stores(_for_manifests(config))
    about = ListOptions(
        config.manifest_format,
        config.manifest_columns,
        config.manifest_map,
        config.manifest_base,
        config.null,
    )
    return [
        ManifestSource(
            uri,
            stores,
            choice,
            about,
            versions=config.all_versions,
            skip_archived=config.skip_archived,
            hosts=config.allow_hosts,
            look=walker.examine if walker else examine_paths,
        )
        for uri in dict.fromkeys(config.manifests)
    ]


def _for_manifests(config: ScanConfig) -> StoreOptions:
    """Return the options for manifests themselves: whoever names one names its server."""
    options = store_options(config)
    own = []
    for uri in filter(is_web, config.manifests):
        try:
            own.append(origin_of(uri).written)
        except ValueError as error:
            raise UsageProblem(f"manifest {without_secrets(uri)}: {error}") from error
    return replace(options, allow_hosts=(*options.allow_hosts, *own))


def store_options(config: ScanConfig) -> StoreOptions:
    """Return the options for requests to stores."""
    return StoreOptions(
        config.endpoint,
        config.fetch_timeout,
        config.retries,
        config.anonymous,
        config.allow_hosts,
        config.web_timeout,
    )


def report_options(config: ScanConfig) -> StoreOptions:
    """Return the options for a report's store, which is never read anonymously."""
    return replace(store_options(config), anonymous=False)


def report_folder(config: ScanConfig, output: str | Path) -> ReportFolder:
    """Return the report's folder, ready for writing; with the option `resume` an old one, too."""
    if not is_remote(str(output)):
        return ReportFolder(Path(output), resume=config.resume)
    from hashsweep.report.store_folder import StoreFolder  # imports obstore
    from hashsweep.storage.stores import Stores

    return StoreFolder(str(output), Stores(report_options(config)), resume=config.resume)


def _fetch(config: ScanConfig) -> dict[str, Any]:
    return FetchOptions(
        store_options(config), config.window, config.spool_above, config.max_file_size
    ).to_json()


def keys_of(config: ScanConfig) -> Keys | None:
    """Return the keys of reports; raises UsageProblem or ReportError."""
    keys = Keys.load(Path(config.key_file) if config.key_file is not None else None)
    if config.encrypt:
        if keys is None:
            raise UsageProblem(f"--encrypt needs a key: give one with --key-file or {VARIABLE}")
        keys.check()
    return keys


def warn_unused_key(config: ScanConfig, earlier: Iterable[SweepInfo]) -> list[str]:
    """Return a warning if a key is given that neither writes this report nor reads another.

    `earlier` are the sweep.json files of the reports this one is based on.
    """
    if config.key_file is None or config.encrypt or any(each.encrypted for each in earlier):
        return []
    return [f"--key-file {config.key_file} is not used: only --encrypt encrypts the report"]


def check_plain(reports: Iterable[OpenReport]) -> None:
    """Raise UsageProblem if one is encrypted: its names must not be written out silently."""
    for report in reports:
        if report.sweep.encrypted:
            raise UsageProblem(
                f"report {report.name} is encrypted: add --encrypt, or --no-encrypt for a new "
                "report that anyone with the folder can read"
            )


def signer_of(config: ScanConfig) -> Signer | None:
    """Return the report's signer, if a key is given."""
    return Signer.load(Path(config.signing_key)) if config.signing_key is not None else None


def decisions_of(config: ScanConfig) -> "Decisions | None":
    """Return earlier decisions, if a file of them is given; raises UsageProblem."""
    if config.decisions is None:
        return None
    from hashsweep.analysis.decisions import Decisions  # pyarrow.compute: few sweeps need it

    return Decisions(Path(config.decisions))


def _baseline(
    config: ScanConfig,
    specs: tuple[HashSpec, ...],
    keys: Keys | None,
    stack: ExitStack,
    *,
    plain: bool,
) -> Baseline | None:
    if config.baseline is None:
        if config.reread_share:
            raise UsageProblem("--reread-share is about a --baseline: name one")
        return None
    report = OpenReport(config.baseline, keys, report_options(config))
    if not (config.encrypt or plain):
        check_plain([report])
    folder = report.path
    if is_remote(config.baseline):
        from hashsweep.report.object_store import StoredReport  # imports obstore
        from hashsweep.storage.stores import Stores

        folder = stack.enter_context(TemporaryFolder())
        StoredReport(config.baseline, Stores(report_options(config))).copy(folder, ["files"])
    earlier = ItemIndex(list_segments(folder, "files"), keys, report.sweep)
    return Baseline(
        earlier,
        report.sweep,
        {s.name: s.version for s in specs},
        config.max_frames,
        own=ruleset(),
        reread=config.reread_share,
    )

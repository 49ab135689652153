"""The sweep, top to bottom: items in batches to workers, records to the report and the totals.

Knows neither terminal nor format; who shows progress is handed in.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from hashsweep import signals
from hashsweep.errors import SourceError
from hashsweep.model import Item, Record, Skipped
from hashsweep.output.event_log import Log
from hashsweep.output.metrics import MetricsFile
from hashsweep.report import schema
from hashsweep.report.completeness import check_parts
from hashsweep.report.folder import TABLES, ReportFolder
from hashsweep.report.item_index import Earlier
from hashsweep.report.segment_digests import taken_up
from hashsweep.report.segments import Part, sealed_as
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter
from hashsweep.sources import Source, mounts, shards
from hashsweep.sweep import accounting, resume
from hashsweep.sweep.batches import records
from hashsweep.sweep.closing import ending
from hashsweep.sweep.plan import Plan, report_folder

Watch = Callable[[Tally], None]


def sweep(
    plan: Plan,
    output: str | Path,
    watch: Watch,
    log: Log | None = None,
    metrics: MetricsFile | None = None,
) -> dict[str, Any]:
    """Scan everything and write the report; return what went into `sweep.json`.

    `output` is a folder, or the URI of a place in an object store.

    With the option `resume` an unfinished report is gone on with, and a finished one is returned
    as it is. Raises Interrupted after Ctrl-C and RunError for anything else that ends a sweep; the
    report then holds what was done and says `interrupted`.
    """
    with report_folder(plan.config, output) as report:
        return _Sweep(plan, report, log, metrics).run(watch)


class _Sweep:
    """One run of a sweep: the whole of it, or its beginning, or what an earlier run left."""

    def __init__(
        self, plan: Plan, report: ReportFolder, log: Log | None, metrics: MetricsFile | None
    ) -> None:
        self._plan = plan
        self._report = report
        self._log = log
        self._metrics = metrics
        self._tally = Tally()
        self._done: Earlier | None = None
        self._baseline = plan.baseline
        for earlier in (report.sweep, plan.baseline and plan.baseline.sweep):
            if earlier:
                _check_mounts(earlier, plan)
        about = accounting.begun(plan, self._tally)
        if report.sweep is not None:
            resume.check_same(report.sweep, about, report.name)
            there = {table: [part.name for part in report.parts(table)] for table in TABLES}
            check_parts(report.name, report.sweep, there)
        self._is_complete = report.sweep is not None and report.sweep["state"] == "complete"
        if report.sweep is not None and not self._is_complete:
            self._take_up(report)
            about = accounting.resumed(report.sweep, about, self._tally)
        self._about = about if not self._is_complete or report.sweep is None else report.sweep

    def _take_up(self, report: ReportFolder) -> None:
        """Count what is in the report, and keep in mind which items that are."""
        from hashsweep.report import (
            tally_columns,  # pyarrow.compute, which no new sweep needs
        )

        paths, keys, sweep = report.parts("files"), self._plan.keys, report.sweep or {}
        counts = {}
        for path in paths:
            part = Part(path, keys, sweep)
            files = part.table(tally_columns.columns(part.schema))
            matches = Part(report.path / "matches" / path.name, keys, sweep).table()
            tally_columns.add(self._tally, files, matches)
            counts[f"files/{path.name}"] = files.num_rows
            counts[f"matches/{path.name}"] = matches.num_rows
        report.evidence.update(taken_up(report.path, sweep, counts))
        self._done = Earlier(paths, keys, sweep)

    def run(self, watch: Watch) -> dict[str, Any]:
        about, tally, config = self._about, self._tally, self._plan.config
        if self._is_complete:
            if self._metrics:
                self._metrics.ended(about)
            return about
        report_id = sealed_as(about)
        writer = ReportWriter(
            self._report,
            _files_schema(self._plan),
            run_id=about["run_id"],
            part_rows=config.part_rows,
            part_seconds=config.part_seconds,
            seal=partial(keys.writing, report_id)
            if (keys := self._plan.keys) and report_id
            else None,
        )
        self._begin()
        with ending(about, partial(self._close, writer), self._stopped):
            left = items(
                self._plan, self._skip, self._to_do, self._check_never_full, self._elsewhere
            )
            with closing(records(self._plan, left)) as stream:
                for found in stream:
                    for each in self._plan.lists:
                        each.check_unchanged()
                    if self._plan.decisions:
                        self._plan.decisions.apply(found)
                    with signals.held():  # in the report and counted, or neither
                        writer.add(found)
                        self._count(found)
                    watch(tally)
            with signals.held():
                writer.finish()
            find_hot(about, tally, self._report.path, self._plan)
        return about

    def _stopped(self) -> str:
        return (
            f"stopped; {self._report.name} holds the {self._tally.items:,} items scanned so far "
            "(--resume goes on)"
        )

    def _begin(self) -> None:
        self._report.write_sweep(self._about)
        if self._log:
            self._log.began(self._about)
        if self._metrics:
            self._metrics.began(self._about)

    def _count(self, found: list[Record]) -> None:
        for record in found:
            self._tally.add(record)
            if self._log:
                self._log.failed(record)
        if self._metrics:
            self._metrics.watch(self._tally)

    def _skip(self, skipped: Skipped) -> None:
        self._tally.skip(skipped)
        if self._log:
            self._log.skipped(skipped)

    def _elsewhere(self) -> None:
        self._tally.elsewhere += 1

    def _close(self, writer: ReportWriter, state: str) -> None:
        writer.finish()
        accounting.closed(self._about, self._plan, self._tally, state)
        if self._baseline:
            earlier = self._baseline.earlier
            self._about["baseline"].update(items=len(earlier), gone=len(earlier) - earlier.met)
        self._report.write_sweep(self._about, self._plan.signer)
        if self._metrics:
            self._metrics.ended(self._about)
        if self._log:
            self._log.ended(self._about)

    def _to_do(self, item: Item) -> Item | None:
        if self._done is not None and self._done.take(item.item_id):
            if self._baseline:
                self._baseline.earlier.take(item.item_id)
            return None
        return self._baseline.carry(item) if self._baseline else item

    def _check_never_full(self, source: Source) -> None:
        """Raise SourceError if there is nothing where an earlier report found something."""
        for earlier in (self._done, self._baseline and self._baseline.earlier):
            if earlier and earlier.any_name(source.holds):
                raise SourceError(
                    f"source {source.name} is empty, and was not in the earlier report: is its "
                    "disk mounted?"
                )


def find_hot(about: dict[str, Any], tally: Tally, folder: Path, plan: accounting.Run) -> None:
    """Look for entries that match too much, which takes so many matches at least."""
    after, matches = plan.config.hot_after, tally.matches + tally.overturned
    if after and matches > after:
        from hashsweep.analysis.hot_entries import hot_entries
        from hashsweep.report.open_report import OpenReport

        about["hot"] = hot_entries(OpenReport(folder, plan.keys), after)
        if about["encrypted"]:  # as are the rows, where the entries can be looked up
            about["hot"] = [{**each, "entry_id": None} for each in about["hot"]]
    elif after:
        about["hot"] = []


def _check_mounts(before: Mapping[str, Any], plan: Plan) -> None:
    roots = [source.name for source in plan.sources]
    for point in mounts.missing(before.get("mounts", ()), roots):
        raise SourceError(f"{point} was a mounted disk in the earlier report and is none now")


def items(
    plan: Plan,
    skip: Callable[[Skipped], None],
    to_do: Callable[[Item], Item | None] = lambda item: item,
    if_empty: Callable[[Source], None] = lambda _: None,
    elsewhere: Callable[[], None] = lambda: None,
) -> Iterator[Item]:
    """Yield what `to_do` makes of each item of the sources; `skip` takes what is passed over.

    `elsewhere` is called for what is in another shard.
    """
    for root in plan.nested:
        skip(Skipped(root, "nested-source"))
    mine = shards.part(plan.config.shard)
    for source in plan.sources:
        is_empty = True
        for found in source.items():
            is_empty = False
            if mine and not mine(found.uri):
                elsewhere()
            elif isinstance(found, Skipped):
                skip(found)
            elif item := to_do(found):
                yield item
        if is_empty:
            if_empty(source)


def _files_schema(plan: Plan) -> Any:
    extra = [spec for spec in plan.specs if spec.name not in schema.HASH_COLUMNS]
    return schema.files_schema({spec.name: spec.bits // 8 for spec in extra})

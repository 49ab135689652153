"""The sweep from top to bottom: items go to workers, records to the report and the totals.

Knows neither terminal nor format; listeners that show progress are passed in.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from hashsweep import signals
from hashsweep.engines.base import Finished
from hashsweep.errors import ListError, SourceError
from hashsweep.model import Item, Record, Skipped
from hashsweep.output.listeners import Listener, Listeners
from hashsweep.report import schema
from hashsweep.report.completeness import check_segments
from hashsweep.report.folder import TABLES, ReportFolder
from hashsweep.report.item_index import ItemIndex
from hashsweep.report.plain_rows import PlainRows, join
from hashsweep.report.segment_digests import rehash
from hashsweep.report.segments import Segment
from hashsweep.report.sweep_json import HotEntry, State, SweepInfo
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter
from hashsweep.safe_text import printable
from hashsweep.sources import Source, mounts, shards
from hashsweep.sweep import accounting, resume
from hashsweep.sweep.batches import batches, results, split_plain
from hashsweep.sweep.closing import close_on_exit
from hashsweep.sweep.long_items import LongItem, Parts
from hashsweep.sweep.plan import Plan, report_folder
from hashsweep.sweep.suspects import FIRST_SECONDS, Suspects, hide_by

_NAMED = 8  # processes in one line
_HELD_ROWS, _HELD_SECONDS = 2_000, 0.2  # how much, and for how long, is held at most


def sweep(plan: Plan, output: str | Path, listeners: Iterable[Listener] = ()) -> SweepInfo:
    """Scan everything and write the report; return what `sweep.json` holds.

    `output` is a folder, or a URI in an object store. `listeners` are notified of progress.

    With the option `resume` an unfinished report is continued, and a finished one is returned
    as it is. Raises Interrupted after Ctrl-C and RunError for anything else that ends a sweep; the
    report then holds what was done and says `interrupted`.
    """
    with report_folder(plan.config, output) as report:
        return _Sweep(plan, report, Listeners(listeners)).run()


@dataclass
class _Held:
    """What workers said that is not in the report yet."""

    plain: list[PlainRows] = field(default_factory=list)
    plain_ids: list[bytes] = field(default_factory=list)
    others: list[tuple[list[Record] | LongItem, bytes]] = field(default_factory=list)
    rows: int = 0


class _Sweep:
    """One run of a sweep: all of it, its first part, or what an earlier run left."""

    def __init__(self, plan: Plan, report: ReportFolder, listeners: Listener) -> None:
        self._plan = plan
        self._report = report
        self._listeners = listeners
        self._tally = Tally.create(plan.config.accept)
        self._done: ItemIndex | None = None
        self._baseline = plan.baseline
        before = report.sweep
        for earlier in (before, plan.baseline and plan.baseline.sweep):
            if earlier:
                _check_mounts(earlier, plan)
        self._info = accounting.start_info(plan, self._tally)
        self._is_complete = False
        self._held = _Held()
        self._release_at = 0.0  # when what is held is put into the report at the latest
        self._parts = Parts()
        hide = hide_by(plan.keys, before or self._info)
        self._suspects = Suspects(report, before, hide)
        if before is None:
            return
        resume.check_same(before, self._info, report.name)
        there = {table: [path.name for path in report.segments(table)] for table in TABLES}
        check_segments(report.name, before, there)
        self._is_complete = before.state == "complete"
        if self._is_complete:
            self._info = before
        else:
            self._take_up(report, before)
            self._info = accounting.resume_info(before, self._info, self._tally)

    def _take_up(self, report: ReportFolder, before: SweepInfo) -> None:
        """Count what the report already holds, and remember its items."""
        from hashsweep.report import (
            tally_columns,  # imports pyarrow.compute, which no new sweep needs
        )

        paths, keys = report.segments("files"), self._plan.keys
        counts = {}
        for path in paths:
            segment = Segment(path, keys, before)
            files = segment.table(tally_columns.columns(segment.schema))
            matches = Segment(report.path / "matches" / path.name, keys, before).table()
            tally_columns.add(self._tally, files, matches)
            counts[f"files/{path.name}"] = files.num_rows
            counts[f"matches/{path.name}"] = matches.num_rows
        report.digests.update(rehash(report.path, before, counts))
        self._done = ItemIndex(paths, keys, before)

    def run(self) -> SweepInfo:
        tally, config = self._tally, self._plan.config
        if self._is_complete:
            self._listeners.end(self._info)
            return self._info
        writer = ReportWriter(
            self._report,
            _files_schema(self._plan),
            run_id=self._info.run_id,
            segment_rows=config.segment_rows,
            segment_seconds=config.segment_seconds,
            first_seconds=FIRST_SECONDS if self._suspects.was_killed else None,
            seal=seal_of(self._plan, self._info),
        )
        self._suspects.begin()  # first: `running` in sweep.json is this run's from then on
        self._report.write_sweep(self._info)
        self._listeners.begin(self._info)
        if self._report.note:
            self._listeners.tell(f"hashsweep: {printable(self._report.note)}")
        with close_on_exit(partial(self._close, writer), self._describe_stop):
            left = items(
                self._plan, self._skip, self._to_do, self._check_never_full, self._leave_to_others
            )
            self._work(self._suspects.watch(batches(left)), writer)
            if self._suspects.held:
                alone = self._suspects.one_by_one(partial(self._save, writer))
                self._work(alone, writer, alone.answer)
            with signals.deferred():
                writer.finish()
            hot = find_hot(tally, self._report.path, self._plan, self._info)
            self._info = replace(self._info, hot=hot)
        return self._info

    def _work(
        self,
        batched: Iterable[Sequence[Item]],
        writer: ReportWriter,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """Have the work done and take the records; `answered` is called after each item."""
        with closing(results(self._plan, batched)) as stream:
            for finished in stream:
                self._take(finished)
                if finished.items:
                    answered()
                now = time.monotonic()
                if now >= self._release_at or self._held.rows >= _HELD_ROWS:
                    self._release(writer)
                    self._release_at = now + _HELD_SECONDS
                self._listeners.advance(self._tally)
        self._release(writer)

    def _take(self, finished: Finished) -> None:
        """Hold what an answer says until it is put into the report."""
        ids = self._suspects.answer(finished.items)
        plain, at, found = split_plain(finished, self._parts)
        if plain is not None:
            self._held.plain.append(plain)
            self._held.plain_ids += [ids[place] for place in at] if found else ids
        others = ids if plain is None else _except(ids, at)
        for each, item_id in zip(found, others, strict=True):
            if self._plan.decisions and not isinstance(each, LongItem):
                self._plan.decisions.apply(each)
            self._held.others.append((each, item_id))
            self._held.rows += each.rows if isinstance(each, LongItem) else len(each)
        self._held.rows += 0 if plain is None else len(plain)

    def _release(self, writer: ReportWriter) -> None:
        """Put what is held into the report and count it, if all was compared with the same lists.

        Many rows at once cost less. Raises ListError if a list was written into.
        """
        held, self._held = self._held, _Held()
        for each in self._plan.lists:
            each.check_unchanged()
        with signals.deferred():  # in the report and counted, or neither
            if held.plain:
                self._add_plain(join(held.plain), held.plain_ids, writer)
            for found, item_id in held.others:
                if isinstance(found, LongItem):
                    self._add_long(found, item_id, writer)
                else:
                    self._count(found)
                    writer.add(found, item_id)

    def _add_long(self, found: LongItem, item_id: bytes, writer: ReportWriter) -> None:
        def chunks() -> Iterator[list[Record]]:
            for each in found.chunks():
                if self._plan.decisions:
                    self._plan.decisions.apply([found.own, *each])
                yield each

        writer.add_long(chunks, found.rows, found.matches, item_id)
        for each in chunks():
            self._count(each)

    def _add_plain(self, plain: PlainRows, ids: Sequence[bytes], writer: ReportWriter) -> None:
        at = 0
        while at < len(plain):
            end = at + writer.room
            rows = plain.slice(at, end)
            self._tally.add_plain(rows)  # first: a segment that fails is placed at the end
            for record in rows.with_reasons():
                self._listeners.record(record)
            writer.add_plain(rows, ids[at:end])
            at = end

    def _save(self, writer: ReportWriter) -> None:
        with signals.deferred():
            self._release(writer)
            writer.close_segment()

    def _describe_stop(self) -> str:
        return (
            f"stopped; {self._report.name} holds the {self._tally.items:,} items scanned so far "
            "(--resume continues)"
        )

    def _count(self, found: list[Record]) -> None:
        for record in found:
            self._tally.add(record)
            if record.reasons:
                self._listeners.record(record)

    def _skip(self, skipped: Skipped) -> None:
        self._tally.skip(skipped)
        self._listeners.skip(skipped)

    def _leave_to_others(self) -> None:
        self._tally.in_other_shards += 1

    def _close(self, writer: ReportWriter, state: State, error: str | None = None) -> None:
        self._suspects.end()
        with suppress(ListError):  # what was compared with it is not in the report
            self._release(writer)
        writer.finish()
        info = accounting.close_info(self._info, self._plan, self._tally, state, error)
        if self._baseline and info.baseline:
            earlier = self._baseline.earlier
            known = replace(info.baseline, items=len(earlier), gone=len(earlier) - earlier.met)
            info = replace(info, baseline=known)
        self._info = self._report.write_sweep(info, self._plan.signer)
        if state == "complete":
            self._suspects.forget()
        if left := list_left_behind(self._plan):
            self._listeners.tell(f"hashsweep: {left}")
        self._listeners.end(self._info)

    def _to_do(self, item: Item) -> Item | None:
        if self._done is not None and self._done.take(item.item_id):
            if self._baseline:
                self._baseline.earlier.take(item.item_id)
            return None
        return self._suspects.sift(self._baseline.carry(item) if self._baseline else item)

    def _check_never_full(self, source: Source) -> None:
        """Raise SourceError if a source is empty in which an earlier report found something."""
        for earlier in (self._done, self._baseline and self._baseline.earlier):
            if earlier and earlier.any_name(source.holds):
                raise SourceError(
                    f"source {source.name} is empty but was not in the earlier report: is its "
                    "disk mounted?"
                )


def list_left_behind(plan: Plan) -> str:
    """Return a line about processes that could not be ended; empty if there are none."""
    numbers = [*plan.engine.left_behind(), *(plan.walker.left if plan.walker else ())]
    if not numbers:
        return ""
    shown = ", ".join(map(str, numbers[:_NAMED]))
    shown += f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    these = "this process cannot" if len(numbers) == 1 else "these processes cannot"
    return f"a disk gives no answer, so {these} be ended and will end when it does: {shown}"


def _except(ids: Sequence[bytes], places: Sequence[int]) -> Iterator[bytes]:
    """Yield the ids at all other places; these are in order."""
    left_out = {*places}
    return (each for place, each in enumerate(ids) if place not in left_out)


def seal_of(plan: accounting.Fills, info: SweepInfo) -> Callable[[Path], Any] | None:
    """Return a function giving each segment's encryption properties; None for a plain report."""
    sealed_as = info.sealed_as
    return partial(plan.keys.encryption_of, sealed_as) if plan.keys and sealed_as else None


def find_hot(
    tally: Tally, folder: Path, plan: accounting.Fills, info: SweepInfo
) -> list[HotEntry] | None:
    """Return the entries that match too many pictures; there must be at least that many matches.

    None with --hot-after 0, which turns this off.
    """
    after, matches = plan.config.hot_after, tally.matches + tally.overturned
    if not after:
        return None
    if matches <= after:
        return []
    from hashsweep.analysis.hot_entries import hot_entries
    from hashsweep.report.open_report import OpenReport

    found = hot_entries(OpenReport(folder, plan.keys), after)
    if info.encrypted:  # as are the rows, where the entries can be looked up
        found = [replace(each, entry_id=None) for each in found]
    return found


def _check_mounts(before: SweepInfo, plan: Plan) -> None:
    real, asked = plan.real_paths, {}
    if plan.walker:
        asked = {"touch": plan.walker.visit}
    for point in mounts.find_missing(before.mounts, real, real.__getitem__, **asked):
        raise SourceError(f"{point} was a mounted disk in the earlier report but is not one now")


def items(
    plan: Plan,
    skip: Callable[[Skipped], None],
    to_do: Callable[[Item], Item | None] = lambda item: item,
    if_empty: Callable[[Source], None] = lambda _: None,
    leave_to_others: Callable[[], None] = lambda: None,
) -> Iterator[Item]:
    """Yield `to_do(item)` for each item of the sources; `skip` gets what is skipped.

    `leave_to_others` is called for each item in another shard.
    """
    for root in plan.nested:
        skip(Skipped(root, "nested-source"))
    mine = shards.in_shard(plan.config.shard)
    for source in plan.sources:
        is_empty = True
        for found in source.items():
            is_empty = False
            if mine and not mine(found.uri):
                leave_to_others()
            elif isinstance(found, Skipped):
                skip(found)
            elif item := to_do(found):
                yield item
        if is_empty:
            if_empty(source)


def _files_schema(plan: Plan) -> Any:
    extra = [spec for spec in plan.specs if spec.name not in schema.HASH_COLUMNS]
    return schema.files_schema({spec.name: spec.bits // 8 for spec in extra})

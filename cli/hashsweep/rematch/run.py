"""The rematch from top to bottom: rows of earlier reports go to search threads and a new report.

Reads no media. Knows neither terminal nor format; listeners that show progress are passed in.
"""

from collections import Counter, deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from msgspec.structs import replace

from hashsweep import signals
from hashsweep.output.listeners import Listener, Listeners
from hashsweep.rematch.compare import Compared, Comparer
from hashsweep.rematch.plan import RematchPlan
from hashsweep.rematch.pool import Batch
from hashsweep.rematch.writer import TableWriter
from hashsweep.report import gaps, tally_columns
from hashsweep.report.folder import ReportFolder
from hashsweep.report.retractions import Standing
from hashsweep.report.sweep_json import State, SweepInfo
from hashsweep.report.tally import Tally
from hashsweep.safe_text import printable
from hashsweep.sweep import accounting
from hashsweep.sweep.closing import close_on_exit
from hashsweep.sweep.plan import report_folder
from hashsweep.sweep.run import find_hot, seal_of

_AHEAD = 2  # batches read ahead per thread, about 5 MB each


def rematch(plan: RematchPlan, output: str | Path, listeners: Iterable[Listener] = ()) -> SweepInfo:
    """Match the rows of all reports and write the new report; return what `sweep.json` holds.

    Raises Interrupted after Ctrl-C and RunError for anything else that ends it; the new report
    then holds what was done and says `interrupted`.
    """
    with report_folder(plan.config, output) as report:
        return _Rematch(plan, report, Listeners(listeners)).run()


class _Rematch:
    """One rematch, from its first row to its last."""

    def __init__(self, plan: RematchPlan, report: ReportFolder, listeners: Listener) -> None:
        self._plan = plan
        self._report = report
        self._listeners = listeners
        self._tally = Tally.create(plan.config.accept)
        self._standing = Standing()
        self._lacking: Counter[str] = Counter()
        self._lacking_items = 0
        self._info = _start_info(plan, self._tally)

    def run(self) -> SweepInfo:
        self._report.write_sweep(self._info)
        self._listeners.begin(self._info)
        if self._report.note:
            self._listeners.tell(f"hashsweep: {printable(self._report.note)}")
        files, run_id = self._plan.pool.schema, self._info.run_id
        seal = seal_of(self._plan, self._info)
        writer = TableWriter(self._report, files, run_id=run_id, seal=seal)
        with close_on_exit(partial(self._close, writer), self._describe_stop):
            with closing(self._compare_batches()) as stream:
                for found in stream:
                    self._plan.check_unchanged()
                    with signals.deferred():  # both written and counted, or neither
                        self._take(found, writer)
                    self._listeners.advance(self._tally)
            with signals.deferred():
                writer.finish()
            hot = find_hot(self._tally, self._report.path, self._plan, self._info)
            self._info = replace(self._info, hot=hot)
        return self._info

    def _describe_stop(self) -> str:
        return (
            f"stopped; {self._report.name} holds the {self._tally.items:,} items matched so far "
            "(start the rematch again, in a new folder)"
        )

    def _compare_batches(self) -> Generator[Compared, None, None]:
        """Yield the results of batches in order, while threads work ahead."""
        workers = self._plan.workers
        free: SimpleQueue[Comparer] = SimpleQueue()
        for _ in range(workers):
            free.put(Comparer(self._plan.against))

        def compare(batch: Batch) -> Compared:
            comparer = free.get()
            try:
                return comparer.compare(batch)
            finally:
                free.put(comparer)

        waiting: deque[Future[Compared]] = deque()
        with ThreadPoolExecutor(workers) as threads:
            try:
                for batch in self._plan.pool.batches():
                    waiting.append(threads.submit(compare, batch))
                    if len(waiting) > _AHEAD * workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for each in waiting:
                    each.cancel()

    def _take(self, found: Compared, writer: TableWriter) -> None:
        tally_columns.add(self._tally, found.files, found.matches)
        self._standing.add(found.standing)
        self._lacking.update(found.lacking)
        self._lacking_items += found.lacking_items
        writer.add(found.files, found.matches, found.retractions)

    def _close(self, writer: TableWriter, state: State, error: str | None = None) -> None:
        pool = self._plan.pool
        writer.finish()
        info = accounting.close_info(self._info, self._plan, self._tally, state, error)
        made_of = zip(info.rematch_of or (), pool.superseded, strict=True)
        own = info.rematch and replace(
            info.rematch,
            superseded=sum(pool.superseded),
            lacking=dict(self._lacking.most_common()),
            lacking_items=self._lacking_items,
            matches=self._standing.info(),
        )
        info = replace(
            info,
            rematch_of=[replace(each, superseded=count) for each, count in made_of],
            rematch=own,
        )
        lacks = bool(self._lacking_items or [*gaps.reasons(info)])
        info = replace(info, incomplete=info.incomplete or lacks)
        self._info = self._report.write_sweep(info, self._plan.signer)
        self._listeners.end(self._info)


def _start_info(plan: RematchPlan, tally: Tally) -> SweepInfo:
    """Return the first `sweep.json`: that of a sweep, plus the fields of a rematch."""
    info = accounting.start_info(plan, tally, "rematch")
    compared = {each.name for each in info.hashes}
    more = [each for name, each in plan.pool.hashes.items() if name not in compared]
    return replace(info, hashes=[*info.hashes, *more])

"""A rematch, top to bottom: rows of earlier reports to threads that search, and to a new report.

No media are read. Knows neither terminal nor format; who shows progress is handed in.
"""

from collections import Counter, deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from hashsweep import signals
from hashsweep.hashlists.describe import facts
from hashsweep.output.metrics import MetricsFile
from hashsweep.rematch.compare import Compared, Comparer
from hashsweep.rematch.plan import RematchPlan
from hashsweep.rematch.pool import Batch
from hashsweep.rematch.writer import CarryingWriter
from hashsweep.report import gaps, tally_columns
from hashsweep.report.folder import ReportFolder
from hashsweep.report.open_report import OpenReport, observed
from hashsweep.report.retractions import Standing
from hashsweep.report.segments import sealed_as
from hashsweep.report.tally import Tally
from hashsweep.sweep import accounting
from hashsweep.sweep.closing import ending
from hashsweep.sweep.plan import report_folder
from hashsweep.sweep.run import Watch, find_hot

_AHEAD = 2  # batches drawn ahead for each thread, some 5 MB each


def rematch(
    plan: RematchPlan, output: str | Path, watch: Watch, metrics: MetricsFile | None = None
) -> dict[str, Any]:
    """Match the rows of all reports and write the new report; return what is in `sweep.json`.

    Raises Interrupted after Ctrl-C and RunError for anything else that ends it; the new report
    then holds what was done and says `interrupted`.
    """
    with report_folder(plan.config, output) as report:
        return _Rematch(plan, report, metrics).run(watch)


class _Rematch:
    """One rematch, from its first row to its last."""

    def __init__(
        self, plan: RematchPlan, report: ReportFolder, metrics: MetricsFile | None
    ) -> None:
        self._plan = plan
        self._report = report
        self._metrics = metrics
        self._tally = Tally()
        self._standing = Standing()
        self._lacking: Counter[str] = Counter()
        self._lacking_items = 0
        self._about = _begun(plan, self._tally)

    def run(self, watch: Watch) -> dict[str, Any]:
        about, keys = self._about, self._plan.keys
        report_id = sealed_as(about)
        seal = partial(keys.writing, report_id) if keys and report_id else None
        self._report.write_sweep(about)
        if self._metrics:
            self._metrics.began(about)
        files, run_id = self._plan.pool.schema, about["run_id"]
        writer = CarryingWriter(self._report, files, run_id=run_id, seal=seal)
        with ending(about, partial(self._close, writer), self._stopped):
            with closing(self._compared()) as stream:
                for found in stream:
                    self._plan.check_unchanged()
                    with signals.held():  # in the report and counted, or neither
                        self._take(found, writer)
                    watch(self._tally)
            with signals.held():
                writer.finish()
            find_hot(about, self._tally, self._report.path, self._plan)
        return about

    def _stopped(self) -> str:
        return (
            f"stopped; {self._report.name} holds the {self._tally.items:,} items matched so far "
            "(a rematch is begun anew, in a new folder)"
        )

    def _compared(self) -> Generator[Compared, None, None]:
        """Yield what batches come to, in order, while some are ahead in threads."""
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

    def _take(self, found: Compared, writer: CarryingWriter) -> None:
        comparable = [
            spec.name for spec in self._plan.specs if spec.name in found.files.schema.names
        ]
        tally_columns.add(self._tally, found.files, found.matches, comparable)
        self._standing.add(found.standing)
        self._lacking.update(found.lacking)
        self._lacking_items += found.lacking_items
        writer.add(found.files, found.matches, found.retractions)
        if self._metrics:
            self._metrics.watch(self._tally)

    def _close(self, writer: CarryingWriter, state: str) -> None:
        about, pool = self._about, self._plan.pool
        writer.finish()
        accounting.closed(about, self._plan, self._tally, state)
        for each, count in zip(about["rematch_of"], pool.superseded, strict=True):
            each["superseded"] = count
        about["rematch"].update(
            superseded=sum(pool.superseded),
            lacking=dict(self._lacking.most_common()),
            lacking_items=self._lacking_items,
            matches=self._standing.to_json(),
        )
        about["incomplete"] |= bool(self._lacking_items or [*gaps.told(about)])
        self._report.write_sweep(about, self._plan.signer)
        if self._metrics:
            self._metrics.ended(about)


def _begun(plan: RematchPlan, tally: Tally) -> dict[str, Any]:
    """Return the first state of sweep.json: that of a sweep, and what it was made of."""
    about = accounting.begun(plan, tally)
    pool = plan.pool
    for each in (about, about["runs"][0]):
        each["decoders"] = {}  # those of the sweeps count; nothing was decoded here
    compared = {each["name"] for each in about["hashes"]}
    about["hashes"] += [each for name, each in pool.hashes.items() if name not in compared]
    seen = [when.isoformat() for report in pool.reports for when in observed(report)]
    about["observed"] = [min(seen), max(seen)]
    about["rematch_of"] = [
        _made_of(*each) for each in zip(pool.reports, pool.unused, plan.against.names, strict=True)
    ]
    renewed, old = plan.against.renewed, plan.against.old
    about["rematch"] = {
        "changes": {"old": facts(old), "searched": renewed.hashes} if renewed and old else None,
        "unfinished": [each.name for each in pool.reports if not each.is_whole],
        "shards": gaps.shards_of(each.sweep for each in pool.reports),
        "superseded": 0,
        "lacking": {},
        "lacking_items": 0,
        "matches": Standing().to_json(),
    }
    return about


def _made_of(
    report: OpenReport, unused: dict[str, str], names: Mapping[str, str]
) -> dict[str, Any]:
    sweep = report.sweep
    by_list = sweep["tally"].get("by_list", {})
    return {
        "run_id": sweep["run_id"],
        "report": report.name,
        "state": report.state,
        **{name: sweep.get(name) for name in ("started", "ended", "hashsweep", "decoders")},
        **{name: sweep[name] for name in ("options", "hashes", "sources")},
        "lists": [each["name"] for each in sweep["lists"]],
        "skipped": sweep["tally"].get("skipped", {}),
        "unused_hashes": unused,
        "not_looked_for": {n: count for n, count in by_list.items() if n not in names},
        "superseded": 0,
    }

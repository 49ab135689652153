"""Does all work in this process: for tests, debugging and single files. No protection."""

from collections.abc import Generator, Iterable, Sequence
from multiprocessing import connection

from hashsweep.engines.base import Finished, Job
from hashsweep.model import Item


class SerialEngine:
    """The Engine without processes."""

    def run(self, job: Job, batches: Iterable[Sequence[Item]]) -> Generator[Finished, None, None]:
        """Yield results batch by batch, in order."""
        worker = job.build()
        expect = getattr(worker, "expect", None)
        waits_for = getattr(batches, "waits_for", None)
        for batch in batches:
            if waits_for and not batch:
                connection.wait(waits_for())
            if expect:
                expect(batch)
            left = [*batch]
            for answer in worker.work(batch, lambda *_: None):
                done, left = left[: answer.done], left[answer.done :]
                yield job.take(answer, done, left[0] if left else None)

    def in_force(self) -> tuple[str, ...]:
        """Return nothing: this process needs its privileges."""
        return ()

    def left_behind(self) -> tuple[int, ...]:
        """Return nothing: there are no processes."""
        return ()

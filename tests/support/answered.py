"""What a worker says of items, as the parent takes it."""

from hashsweep.engines.base import Finished
from hashsweep.hashers import HASHERS
from hashsweep.sweep.batches import records_of
from hashsweep.sweep.packing import hash_sizes
from hashsweep.sweep.results import Inspector


def answered(worker, items, starting=lambda *_: None, **options):
    """The records of each item: packed by the worker, inspected by the parent."""
    specs = [HASHERS.load(name).spec for name in worker._options.hashes]
    inspector, parts, found, left = Inspector(hash_sizes(specs)), {}, [], [*items]
    for answer in worker.work(items, starting, **options):
        done, left = left[: answer.done], left[answer.done :]
        ahead = left[0] if answer.ahead else None
        result = inspector.inspect(answer.payload, done, ahead)
        found += records_of(Finished(done, result, ahead), parts)
    return found

"""The sweep, top to bottom: items in batches to workers, records to the report and the totals.

Knows neither terminal nor format; who shows progress is handed in.
"""

import datetime
import platform
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import PIL
from PIL import features

from hashsweep import __version__
from hashsweep.engines.base import Finished
from hashsweep.errors import ExitCode, Interrupted, ReportError, RunError, exit_code
from hashsweep.hashlists.facts import facts
from hashsweep.matching.chance import TOLD_FROM, expected
from hashsweep.model import Failure, Item, Record, Skipped
from hashsweep.plan import Plan
from hashsweep.report import schema
from hashsweep.report.tally import Tally
from hashsweep.report.writer import ReportWriter

BATCH_ITEMS = 32
BATCH_BYTES = 8 * 1024 * 1024
BATCH_NAMES = 24 * 1024
"""A batch holds at most so many items, bytes of files and bytes of names (one item at least)."""

Watch = Callable[[Tally], None]


def sweep(plan: Plan, folder: Path, watch: Watch) -> dict[str, Any]:
    """Scan everything and write the report; return what went into `sweep.json`.

    Raises Interrupted after Ctrl-C and RunError for anything else that ends a sweep; the report
    then holds what was done and says `interrupted`.
    """
    tally = Tally()
    writer = ReportWriter(folder, _files_schema(plan))
    about = _about(plan, tally)
    writer.write_sweep(about)
    try:
        with closing(records(plan, tally)) as stream:
            for record in stream:
                writer.add(record)
                watch(tally)
        _close(plan, writer, about, tally, "complete")
    except KeyboardInterrupt as stop:
        _close(plan, writer, about, tally, "interrupted")
        raise Interrupted(
            f"stopped; {folder} holds the {tally.items:,} items scanned so far"
        ) from stop
    except RunError as error:
        _close_somehow(plan, writer, about, tally, str(error))
        raise
    finally:
        if about["state"] == "running":  # a fault of ours: what was scanned is kept all the same
            _close_somehow(plan, writer, about, tally, "a fault in hashsweep itself")
    return about


def records(plan: Plan, tally: Tally, *, ordered: bool = False) -> Generator[Record, None, None]:
    """Yield one record for every item of the plan's sources, counted in `tally`.

    They come as workers finish them, or with `ordered` in the order of the sources; a slow item
    then holds back the records of those after it.
    """
    drawn: deque[Item] | None = deque() if ordered else None
    stream = batches(_items(plan, tally, drawn))
    with closing(plan.engine.run(plan.job, stream)) as results:
        for finished in results if drawn is None else _in_order(results, drawn):
            for record in _records(finished):
                tally.add(record)
                yield record


def _in_order(results: Iterator[Finished], drawn: deque[Item]) -> Iterator[Finished]:
    """Hold back results until all items drawn before theirs are finished."""
    held: dict[int, Finished] = {}
    for finished in results:
        held[id(finished.item)] = finished
        while drawn and id(drawn[0]) in held:
            yield held.pop(id(drawn.popleft()))


def _items(plan: Plan, tally: Tally, drawn: deque[Item] | None) -> Iterator[Item]:
    for root in plan.nested:
        tally.skip(Skipped(root, "nested-source"))
    for source in plan.sources:
        for found in source.items():
            if isinstance(found, Skipped):
                tally.skip(found)
                continue
            if drawn is not None:
                drawn.append(found)
            yield found


def batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Group a stream of items; the first batches are small, so that all workers start at once."""
    batch: list[Item] = []
    size = names = given = 0
    for item in items:
        batch.append(item)
        size += item.size or 0
        names += len(item.uri)
        full = len(batch) >= min(BATCH_ITEMS, 1 + given // 8)
        if full or size >= BATCH_BYTES or names >= BATCH_NAMES:
            given += len(batch)
            yield batch
            batch, size, names = [], 0, 0
    if batch:
        yield batch


def _records(finished: Finished) -> Iterator[Record]:
    """Turn a worker's answer into records; an answer that makes no sense is a failed record."""
    item, result = finished
    if isinstance(result, Failure):
        yield Record(item, failure=result, size=item.size, mtime_ns=item.mtime_ns)
        return
    try:
        yield from [Record.from_wire(item, wire) for wire in result]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        failure = Failure("work", "internal", f"no record: {type(error).__name__}")
        yield Record(item, failure=failure, size=item.size, mtime_ns=item.mtime_ns)


def status(about: dict[str, Any]) -> ExitCode:
    """Return the exit status that a finished sweep deserves."""
    return exit_code(matches=about["tally"]["matched_items"] > 0, incomplete=about["incomplete"])


def _close(
    plan: Plan, writer: ReportWriter, about: dict[str, Any], tally: Tally, state: str
) -> None:
    writer.finish()
    about.update(state=state, ended=_now(), tally=tally.to_json())
    about["workers_confined"] = list(plan.engine.in_force())
    about["chance_matches"] = _chance(about, tally)
    about["incomplete"] = state != "complete" or _is_incomplete(about, tally)
    writer.write_sweep(about)


def _chance(about: dict[str, Any], tally: Tally) -> dict[str, float]:
    """Return the matches to expect by pure chance, by algorithm, where they are worth telling."""
    expectations = {}
    for spec in about["hashes"]:
        listed = sum(
            each["hashes"].get(spec["name"], 0) for each in about["lists"] if not each["known_good"]
        )
        items = tally.hashed[spec["name"]]
        number = expected(spec["bits"], spec["max_distance"], listed, items)
        if number > TOLD_FROM:
            expectations[spec["name"]] = round(number, 3)
    return expectations


def _close_somehow(
    plan: Plan, writer: ReportWriter, about: dict[str, Any], tally: Tally, why: str
) -> None:
    about["error"] = why
    try:
        _close(plan, writer, about, tally, "interrupted")
    except ReportError:
        return  # the disk is full: what was written before stays, and the first error is told


def _is_incomplete(about: dict[str, Any], tally: Tally) -> bool:
    # nothing at all is no clean sweep either: an unmounted disk is an empty folder
    lists_used = all(each["hashes"] and not each["refused"] for each in about["lists"])
    return tally.items == 0 or tally.failed > 0 or not lists_used


def _files_schema(plan: Plan) -> Any:
    extra = [spec for spec in plan.specs if spec.name not in schema.HASH_COLUMNS]
    return schema.files_schema({spec.name: spec.bits // 8 for spec in extra})


def _about(plan: Plan, tally: Tally) -> dict[str, Any]:
    """Return the first state of `sweep.json`."""
    distances = dict(plan.config.max_distance)
    return {
        "report_version": schema.VERSION,
        "hashsweep": __version__,
        "run_id": str(uuid.uuid4()),
        "state": "running",
        "incomplete": True,
        "started": _now(),
        "ended": None,
        "sources": [source.name for source in plan.sources],
        "options": plan.options(),
        "lists": [facts(each) for each in plan.lists],
        "hashes": [
            {
                "name": spec.name,
                "version": spec.version,
                "bits": spec.bits,
                "max_distance": distances.get(spec.name, spec.max_distance),
                "min_quality": spec.min_quality,
            }
            for spec in plan.specs
        ],
        "decoders": _decoders(),
        "platform": {"python": platform.python_version(), "system": platform.platform()},
        "tally": tally.to_json(),
    }


def _decoders() -> dict[str, str | None]:
    libraries = ("jpg", "libjpeg_turbo", "jpg_2000", "webp", "avif", "libtiff", "zlib")
    found = {name: features.version(name) for name in libraries if features.check(name)}
    return {"pillow": PIL.__version__, **found}


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")

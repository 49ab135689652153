"""What a stranger's bytes may come to at each way in: the outcomes that are documented.

Each target takes bytes and raises AssertionError, or whatever was not foreseen, if they come to
anything else. `run.py` feeds them from a fuzzer, `test_targets.py` from samples and past findings.
"""

import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hashsweep.answers import records
from hashsweep.engines import wire
from hashsweep.engines.base import Finished
from hashsweep.errors import REASONS, STAGES, ListError
from hashsweep.hashers import HASHERS
from hashsweep.hashlists import FORMATS
from hashsweep.hashlists.base import REFUSALS, ListFile
from hashsweep.hashlists.container import Container
from hashsweep.hashlists.kinds import BITS
from hashsweep.media.jpeg_scans import dc_scans
from hashsweep.model import Entry, Item, Refusal, Skipped
from hashsweep.sources.paths import PathsSource
from hashsweep.worker import Sweeper, WorkerOptions

_LONG_HEX = re.compile(r"[0-9a-fA-F]{16,}")


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="hashsweep-fuzz-"))


def _file(data: bytes) -> Path:
    path = _folder() / "input"
    path.write_bytes(data)
    return path


def _says_no_hash(text: str, data: bytes) -> None:
    """A message may quote nothing of the file that looks like a hash."""
    for found in _LONG_HEX.findall(text.replace(str(_folder()), "")):
        assert found.encode() not in data


def _read(name: str, path: Path, data: bytes) -> None:
    for algorithm in (None, "pdq"):
        source = ListFile(path, BITS, algorithm, categories=frozenset("12"))
        try:
            for row in FORMATS.load(name).read(source):
                if isinstance(row, Refusal):
                    assert row.code in REFUSALS
                    _says_no_hash(row.detail, data)
                else:
                    assert isinstance(row, Entry)
                    for kind, value in row.hashes:
                        assert kind not in BITS or len(value) * 8 == BITS[kind]
        except ListError as error:
            _says_no_hash(str(error), data)


def lists(data: bytes) -> None:
    """A list in a format that its first byte chooses, and in the one it seems to have."""
    names = FORMATS.names
    forced, content = names[data[0] % len(names)] if data else names[0], data[1:]
    path = _file(content)
    _read(forced, path, content)
    seeming = next((n for n in names if FORMATS.load(n).recognises(content[:4096])), None)
    if seeming not in (None, forced):
        _read(seeming, path, content)


def compiled(data: bytes) -> None:
    """A compiled list that was damaged is refused; one that is made up opens, or is refused.

    Its checksums find damage, not forgery, and a fuzzer learns to forge them.
    """
    try:
        assert Container(_file(data), verify=True).names is not None
    except ListError:
        return


def paths(data: bytes) -> None:
    """A list of paths: an item or a skip for each name, and nothing is opened."""
    for null in (False, True):
        names = [name for name in data.split(b"\0" if null else b"\n") if name.rstrip(b"\r")]
        found = list(PathsSource(str(_file(data)), null).items())
        assert len(found) >= len(names) - (not null) * data.count(b"\r")
        assert len(found) <= data.count(b"\0" if null else b"\n") + 1
        for each in found:
            assert isinstance(each, Item | Skipped)


@cache
def _sweepers() -> tuple[Sweeper, Sweeper]:
    names = tuple(HASHERS.names)
    options = {"max_pixels": 4_000_000, "max_frames": 3}
    return Sweeper(WorkerOptions(names, **options)), Sweeper(
        WorkerOptions(names, exact=True, **options)
    )


def media(data: bytes) -> None:
    """A file: one record, scanned or failed for a reason that is none of our faults."""
    if cut := dc_scans(data):  # what fuzzing draws is too small to be cut by itself
        assert len(cut) <= len(data)
        assert dc_scans(cut) == cut
    item = Item(str(_file(data)))
    for sweeper in _sweepers():
        first, again = sweeper.scan(item), sweeper.scan(item)
        assert [record.to_wire() for record in first] == [record.to_wire() for record in again]
        assert first[0].part is None
        for record in first:
            if record.failure:
                assert record.failure.stage in STAGES
                assert record.failure.reason in REASONS
                assert record.failure.reason != "internal", record.failure
            json.dumps(record.to_wire())


def results(data: bytes) -> None:
    """What a worker that was taken over might send: a record, or an error that is foreseen."""
    try:
        _, decoded = wire.decode_results(data)
    except (ValueError, RecursionError, wire.WorkerRefused):
        return
    for wires in decoded:
        assert records(Finished(Item("/a"), wires), {"md5": 16, "pdq": 32})


TARGETS: dict[str, Callable[[bytes], None]] = {
    "lists": lists,
    "compiled": compiled,
    "paths": paths,
    "media": media,
    "results": results,
}
"""Every target by its name."""

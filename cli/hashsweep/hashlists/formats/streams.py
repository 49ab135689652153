"""Reads a list file as a stream of JSON or XML records, with bounded memory.

Knows no hash. The parsers' error texts quote the file, so they are not used in messages.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Protocol

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import REFUSALS, ListFile, RowError
from hashsweep.model import Entry, Refusal

LONGEST = 4 * 1024 * 1024
"""No JSON record is longer than this many bytes; a file with such a record is damaged."""

_DEEPEST = 1000  # brackets of JSON open at once; records nest about five deep
_BLOCK = 8192  # bytes; limits how many brackets can open between two checks


class Damaged(Exception):
    """The file breaks off or is damaged here; `lost` rows that it announces were not read."""

    def __init__(self, lost: int = 1) -> None:
        """Raise with what is known to be lost."""
        super().__init__(lost)
        self.lost = max(1, lost)


class Readable(Protocol):
    """A file, or something like one."""

    def read(self, size: int = -1, /) -> bytes:
        """Return some bytes; none at the end."""


class Gauge:
    """The bytes of a file; stops after more than `longest` of them since `start_record`."""

    def __init__(self, stream: Readable, longest: int) -> None:
        """Read from `stream`, which stays the caller's."""
        self._stream = stream
        self._longest = longest
        self._taken = 0

    def start_record(self) -> None:
        """Restart the count."""
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, at most _BLOCK; raises Damaged if a record is too long."""
        block = self._stream.read(min(size, _BLOCK) if size >= 0 else _BLOCK)
        self._taken += len(block)
        if self._taken > self._longest:
            raise Damaged
        return block


class _Json(Gauge):
    """JSON as valid UTF-8 without a BOM; also stops if brackets nest too deeply.

    Brackets within strings count as well; no real record has that many.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream, LONGEST)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._open = 0

    def start_record(self) -> None:
        super().start_record()
        self._open = 0

    def read(self, size: int = -1) -> bytes:
        block = super().read(size)
        text = self._decoder.decode(block, final=not block and size != 0)
        if block and not text:
            return self.read(size)
        self._open += text.count("[") + text.count("{") - text.count("]") - text.count("}")
        if self._open > _DEEPEST:
            raise Damaged
        return text.encode()


def json_records(source: ListFile, prefix: str) -> Iterator[Any]:
    """Yield every value at ijson's `prefix` of all JSON documents in the file.

    Raises Damaged, and ListError for a file that cannot be read.
    """
    import ijson  # type: ignore[import-untyped]

    def read(text: Any) -> Any:
        return ijson.items(text, prefix, multiple_values=True, use_float=True, buf_size=_BLOCK)

    return _draw(source, read, starts=True)


def json_events(source: ListFile) -> Iterator[tuple[str, str, Any]]:
    """Yield (prefix, event, value) of the JSON in a file, as ijson has them.

    Raises Damaged where a record would be too long, and ListError for a file that cannot be read.
    """
    import ijson

    def read(text: Any) -> Any:
        return ijson.parse(text, multiple_values=True, use_float=True, buf_size=_BLOCK)

    return _draw(source, read, starts=False)


def _draw(source: ListFile, read: Callable[[Any], Iterable[Any]], *, starts: bool) -> Iterator[Any]:
    """Yield what `read` makes of the file's JSON; with `starts` each is a record of its own."""
    import ijson

    try:
        with source.path.open("rb") as stream:
            text = _Json(stream)
            for each in read(text):
                yield each
                if starts:
                    text.start_record()
    except OSError as error:
        raise ListError(f"{source.path}: {error.strerror}") from error
    except (ijson.JSONError, ValueError, OverflowError) as error:
        raise Damaged from error


def entries(
    source: ListFile,
    records: Iterable[Any],
    entry_of: Callable[[int, Any], Iterable[Entry | Refusal]],
    announced: int = 0,
) -> Iterator[Entry | Refusal]:
    """Yield the results of `entry_of`(number from 1, record) for each record.

    A RowError becomes a refusal of its record. Damage ends in a refusal, or in ListError where
    nothing was read before it. `announced` is how many records the file says it has.
    """
    number = 0
    try:
        for number, record in enumerate(records, start=1):
            try:
                yield from entry_of(number, record)
            except RowError as error:
                yield Refusal(number, error.code, error.detail)
    except Damaged as error:
        if not number:
            raise ListError(f"{source.path}: the file is damaged from the start") from error
        lost = max(error.lost, announced - number)
        yield Refusal(number + 1, "damaged", REFUSALS["damaged"], lost)


def member(record: Any, name: str) -> Any:
    """Return a member of a JSON object, None if missing; raises RowError if it is not an object."""
    if not isinstance(record, dict):
        raise RowError("bad-row", "not a JSON object")
    return record.get(name)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in an array; nothing for anything else."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))

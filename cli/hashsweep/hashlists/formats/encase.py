"""EnCase's binary hash sets: a header, then records of 18 bytes that begin with an MD5."""

from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import REFUSALS, ListFile, RowError, read_hash
from hashsweep.model import Entry, Refusal

_MAGIC = b"HASH\r\n\xff\0"
_COUNT = slice(16, 20)  # number of records, little-endian; 0 in some tools' files
_NAME = slice(1032, 1112)  # UTF-16LE, padded with zeros
_HEADER = 1152
_RECORD = 18
_MD5 = 16


class EnCaseReader:
    """The ListReader."""

    description = "EnCase hash sets (binary `.hash`)"

    def recognises(self, head: bytes) -> bool:
        """The format's magic bytes."""
        return head.startswith(_MAGIC)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per record; a truncated record, or fewer than announced, is damage."""
        number = 0
        try:
            with source.path.open("rb") as stream:
                header = stream.read(_HEADER)
                if not header.startswith(_MAGIC) or len(header) < _HEADER:
                    raise ListError(f"{source.path}: not an EnCase hash set")
                name = header[_NAME].decode("utf-16-le", "replace").partition("\0")[0].strip()
                while len(record := stream.read(_RECORD)) == _RECORD:
                    number += 1
                    yield _entry(number, record[:_MD5], name)
        except OSError as error:
            raise ListError(f"{source.path}: {error.strerror}") from error
        lost = int.from_bytes(header[_COUNT], "little") - number
        if record or lost > 0:
            yield Refusal(number + 1, "damaged", REFUSALS["damaged"], max(1, lost))


def _entry(number: int, value: bytes, name: str) -> Entry | Refusal:
    try:
        pair = read_hash(value.hex(), "md5")
    except RowError as error:
        return Refusal(number, error.code, error.detail)
    return Entry(f"record-{number}", (pair,), source=f"EnCase {name}".strip(), line=number)


READER = EnCaseReader()

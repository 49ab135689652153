"""HashKeeper's `.hsh` files: CSV with a fixed header; the hash is MD5."""

from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.csv_table import split
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal

_HEADER = '"file_id","hashset_id","file_name","directory","hash"'
_FILE, _SET, _HASH = 0, 1, 4  # columns


class HashKeeperReader:
    """The ListReader."""

    description = "HashKeeper `.hsh`"

    def recognises(self, head: bytes) -> bool:
        """The format's header."""
        return head.decode("utf-8-sig", "replace").lower().startswith(_HEADER)

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line after the header."""
        lines = number_lines(source.path)
        if not next(lines, (0, ""))[1].lower().startswith(_HEADER):
            raise ListError(f"{source.path}: the first line is not a HashKeeper header")
        for number, line in lines:
            if not line.strip():
                continue
            try:
                yield _row(number, split(line))
            except RowError as error:
                yield Refusal(number, error.code, error.detail)


def _row(number: int, row: list[str]) -> Entry:
    if len(row) <= _HASH:
        raise RowError("bad-row", "fewer than five columns")
    file, hash_set = row[_FILE].strip(), row[_SET].strip()
    return Entry(
        f"{hash_set}/{file}" if file else f"line-{number}",
        (read_hash(row[_HASH], "md5"),),
        source=f"HashKeeper {hash_set}".strip(),
        line=number,
    )


READER = HashKeeperReader()

"""Hash sets of iLook, versions 3 and 4: CSV without quotes.

Names may contain commas, so hashes are read from the start and the end of a line.
"""

from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, read_hashes
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal

_COLUMNS = "Hash,HashSHA1,FileName,FilePath,FileSize,HashSHA256,HashSHA384,HashSHA512"
_NAME = 2
_LATER = 3  # hashes that follow the names


class ILookReader:
    """The ListReader."""

    description = "iLook hash sets, versions 3 and 4"

    def recognises(self, head: bytes) -> bool:
        """The header of either version."""
        return (
            _read_trailing(head.decode("utf-8-sig", "replace").split("\n")[0].strip()) is not None
        )

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line after the header."""
        lines = number_lines(source.path)
        header = next(lines, (0, ""))[1].strip()
        trailing = _read_trailing(header)
        if trailing is None:
            raise ListError(f"{source.path}: the first line is not an iLook header")
        width = header.count(",") + 1
        for number, line in lines:
            if line.strip():
                yield from _row(number, line.strip().split(","), width, trailing)


def _read_trailing(header: str) -> int | None:
    """Return how many columns follow the hashes: times, in version 4."""
    start = f"V3{_COLUMNS}", f"V4{_COLUMNS}"
    return header.count(",") - _COLUMNS.count(",") if header.startswith(start) else None


def _row(number: int, row: list[str], width: int, trailing: int) -> Iterator[Entry | Refusal]:
    if len(row) < width:
        yield Refusal(number, "bad-row", "fewer columns than the header names")
        return
    later = row[len(row) - trailing - _LATER : len(row) - trailing]
    cells = zip(("md5", "sha1", "sha256", "sha384", "sha512"), [*row[:2], *later], strict=True)
    hashes, refused = read_hashes(number, ((kind, text) for kind, text in cells if text.strip()))
    yield from refused
    if hashes:
        yield Entry(row[_NAME].strip() or f"line-{number}", tuple(hashes), line=number)
    elif not refused:
        yield Refusal(number, "no-hash", "the row holds no hash")


READER = ILookReader()

"""Files of hashdeep 1.0: a header that names the hashes, then one line per file.

    %%%% HASHDEEP-1.0
    %%%% size,md5,sha256,filename

Nothing is quoted: commas after the last hash belong to the name.
"""

from collections.abc import Iterator

from hashsweep.errors import ListError
from hashsweep.hashlists.formats.base import ListFile, RowError, read_hash
from hashsweep.hashlists.formats.lines import number_lines
from hashsweep.model import Entry, Refusal

_MARK = "%%%%"


class HashdeepReader:
    """The ListReader."""

    description = "hashdeep (`%%%% HASHDEEP-1.0`)"

    def recognises(self, head: bytes) -> bool:
        """The format's own first line."""
        return head.removeprefix(b"\xef\xbb\xbf").startswith(b"%%%% HASHDEEP-")

    def read(self, source: ListFile) -> Iterator[Entry | Refusal]:
        """Yield one row per line; raises ListError for lines before any header."""
        names: list[str] = []
        for number, line in number_lines(source.path):
            if line.startswith(_MARK):
                header = line.removeprefix(_MARK).strip()
                if not header.upper().startswith("HASHDEEP"):
                    names = [name.strip() for name in header.split(",")]
                continue
            if not line.strip() or line.startswith("##"):
                continue
            if not names:
                raise ListError(f"{source.path}: no hashdeep header before line {number}")
            yield from _row(number, line, names)


def _row(number: int, line: str, names: list[str]) -> Iterator[Entry | Refusal]:
    cells = line.split(",", len(names) - 1)
    if len(cells) < len(names):
        yield Refusal(number, "bad-row", "fewer fields than the header names")
        return
    hashes, entry_id = [], ""
    for name, text in zip(names, cells, strict=True):
        if name == "filename":
            entry_id = text
        elif name != "size":
            try:
                hashes.append(read_hash(text, name))
            except RowError as error:
                yield Refusal(number, error.code, error.detail)
    if hashes:
        yield Entry(entry_id or f"line-{number}", tuple(hashes), line=number)


READER = HashdeepReader()

"""Groups consecutive rows of a long list with the same id into one entry. Knows no file."""

from collections.abc import Iterable, Iterator

from hashsweep.model import Entry, Refusal

LONGEST_ENTRY = 256
"""Most rows with one id that form one entry."""


def group_rows(rows: Iterable[Entry | Refusal]) -> Iterator[Entry | Refusal]:
    """Make one entry of consecutive entries with the same key and category.

    An entry has one PDQ quality, so rows with PDQ hashes of different qualities stay apart.
    """
    last: _Joined | None = None
    for row in rows:
        if isinstance(row, Refusal):
            yield row
        elif last is None:
            last = _Joined(row)
        elif last.takes(row):
            last.add(row)
        else:
            yield last.entry()
            last = _Joined(row)
    if last is not None:
        yield last.entry()


class _Joined:
    """Rows that will become one entry."""

    def __init__(self, first: Entry) -> None:
        self._first = first
        self._rows = 0
        self._hashes: dict[tuple[str, bytes], None] = {}
        self._labels: dict[str, None] = {}
        self._has_pdq = False
        self._quality: int | None = None
        self.add(first)

    def takes(self, row: Entry) -> bool:
        """Say whether a row belongs to the previous ones."""
        first = self._first
        return (
            first.key == row.key != ""
            and (first.category, first.scheme) == (row.category, row.scheme)
            and not (first.withdrawn or row.withdrawn)
            and self._rows < LONGEST_ENTRY
            and not (self._has_pdq and _has_pdq(row) and self._quality != row.quality)
        )

    def add(self, row: Entry) -> None:
        """Add a row."""
        self._rows += 1
        self._hashes.update(dict.fromkeys(row.hashes))
        self._labels.update(dict.fromkeys(row.labels))
        if not self._has_pdq and _has_pdq(row):
            self._has_pdq, self._quality = True, row.quality

    def entry(self) -> Entry:
        """Return the entry of these rows."""
        if self._rows == 1:
            return self._first
        return self._first._replace(
            hashes=tuple(self._hashes), labels=tuple(self._labels), quality=self._quality
        )


def _has_pdq(row: Entry) -> bool:
    return any(kind == "pdq" for kind, _ in row.hashes)

"""A fast path for simple rows of a table. fields.py has the full one.

Knows the columns and no file.
"""

import re
from collections.abc import Callable, Sequence

from hashsweep.hashlists import known_hashes
from hashsweep.hashlists.formats.base import CONSTANT, ListFile
from hashsweep.hashlists.formats.fields import NAMESPACE, Layout
from hashsweep.hashlists.formats.hash_forms import BLANK
from hashsweep.hashlists.formats.values import date_of, split_labels
from hashsweep.model import Entry

_QUALITY = re.compile(r"[0-9]{1,2}|100")


def quick(where: Layout, source: ListFile) -> Callable[[int, Sequence[str]], Entry | None]:  # noqa: C901
    """Return a function from a simple row to its entry, and from any other to None.

    fields.entry_of is the definition; this is several times as fast for simple rows of a wide
    list, of which there may be ten million.
    """
    sizes = tuple(
        (name, at, known_hashes.known_bits().get(name, 0) // 8) for name, at in where.kinds
    )
    places, width = where.places, where.width
    id_at, labels_at, updated_at, quality_at = (
        places.get(name, -1) for name in ("entry_id", "labels", "updated", "pdq_quality")
    )
    category_at, scheme_at, source_at = (
        places.get(name, -1) for name in ("category", "scheme", "source")
    )
    default_scheme = source.scheme or ""
    if where.long or where.retracts:
        return lambda _number, _row: None

    def entry(number: int, row: Sequence[str]) -> Entry | None:
        if len(row) != width:
            return None
        hashes = []
        for name, at, size in sizes:
            if text := row[at]:
                if len(text) != 2 * size:
                    return None
                try:
                    value = bytes.fromhex(text)
                except ValueError:
                    return None
                # a value that is too short or missing had spaces among its digits
                if len(value) != size or (value[0] in CONSTANT and value.count(value[0]) == size):
                    return None
                hashes.append((name, value))
        quality = None
        has_pdq = quality_at >= 0 and any(name == "pdq" for name, _ in hashes)
        if has_pdq and (text := row[quality_at]):
            if not _QUALITY.fullmatch(text):
                return None
            quality = int(text)
        entry_id = row[id_at].strip() if id_at >= 0 else ""
        if not hashes or entry_id in BLANK:
            return None
        scheme = row[scheme_at].strip() if scheme_at >= 0 else ""
        return Entry(
            entry_id or f"line-{number}",
            tuple(dict.fromkeys(hashes)),
            row[category_at].strip() if category_at >= 0 else "",
            scheme or default_scheme,
            split_labels(row[labels_at]) if labels_at >= 0 else (),
            row[source_at].strip() if source_at >= 0 else "",
            date_of(row[updated_at].strip()) if updated_at >= 0 else "",
            quality,
            number,
            f"{NAMESPACE}{entry_id}" if entry_id else "",
        )

    return entry

"""Parses one list in a process of its own (engines.parser_process): unpacks, recognises, reads.

Its rows leave in batches (batches.py). Knows the readers, and neither an index nor a compiled list.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from hashsweep.engines.parser_process import BATCH, Channel
from hashsweep.errors import HashsweepError, ListError
from hashsweep.hashlists.batches import NEEDS_NAME, SHOWN_REFUSALS, Batch, pack
from hashsweep.hashlists.columns import EntryColumns
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.base import ListFile, NeedsName
from hashsweep.hashlists.formats.csv_table import has_header
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.known_hashes import known_bits
from hashsweep.hashlists.unpacking import Rooms, plain
from hashsweep.model import Entry, Refusal

_ROWS = 8192  # entries of a batch
_BYTES = 4 * 1024 * 1024  # of texts; a batch with more of them is sent before it is full
_STEP = 16  # rows between looks at how much there is: none is longer than 4 MiB
_REFUSED = 65536  # refused rows after which a batch is sent, so that the command hears of them
_OURS = re.compile(r"/proc/self/fd/[0-9]+")


def parse(channel: Channel, options: Any, descriptors: Sequence[int]) -> None:
    """Send the rows of the list that the first descriptor is of; others are to unpack into.

    `options` are those of ListFile, `shown` is what messages call the list, `format` that which the
    user named. Raises ListError for a list that cannot be read.
    """
    path = Path(f"/proc/self/fd/{descriptors[0]}")
    shown = options["shown"]
    try:
        found = plain(path, shown, Rooms(descriptors[1:]))
        source = ListFile(
            found,
            options["algorithm"],
            options["columns"],
            None if options["categories"] is None else frozenset(options["categories"]),
            options["scheme"],
            options["name"],
        )
        name = options["format"] or _recognise(found, shown, options["columns"])
        _send(channel, name, FORMATS.load(name).read(source))
    except NeedsName:
        channel.send(BATCH, NEEDS_NAME)
    except ListError as error:
        raise ListError(_OURS.sub(lambda _: shown, str(error))) from error


def _recognise(path: Path, shown: str, columns: Mapping[str, str]) -> str:
    head = head_of(path)
    if not head.strip():
        raise ListError(f"hash list {shown} is empty")
    for name in FORMATS.names:
        if FORMATS.load(name).recognises(head):
            return name
        if name == "jsonl" and columns and has_header(head, columns):
            return "csv"
    known = ", ".join(FORMATS.names)
    raise ListError(f"hash list {shown} is not in a known format ({known})")


def _send(channel: Channel, name: str, rows: Iterable[Entry | Refusal]) -> None:
    """Send all rows; the last batch may be empty."""
    computable = frozenset(known_bits())
    stream = iter(rows)
    first, more = 0, True
    left = SHOWN_REFUSALS
    while more:
        columns = EntryColumns(computable, first)
        refusals: Counter[str] = Counter()
        refused_rows: list[Refusal] = []
        refused = meanings = met = 0
        while (
            len(columns) < _ROWS
            and meanings + _length_of_texts(columns) < _BYTES
            and refused < _REFUSED
        ):
            several = list(islice(stream, _STEP))
            more = bool(several)
            if not more:
                break
            for row in several:
                if isinstance(row, Refusal):
                    refusals[row.code] += row.count
                    refused += 1
                    if left:
                        refused_rows.append(row)
                        left -= 1
                else:
                    columns.add(row)
            meanings += sum(
                len(scheme) + len(category) + len(source) + sum(map(len, labels))
                for scheme, category, labels, source in islice(columns.abouts, met, None)
            )
            met = len(columns.abouts)
        channel.send(BATCH, *pack(Batch(name, columns, refused, refusals, refused_rows)))
        first += len(columns)


def _length_of_texts(columns: EntryColumns) -> int:
    kept = sum(len(texts.content) for texts, _ in columns.kept.values())
    return len(columns.ids.content) + len(columns.updated.content) + kept


with suppress(HashsweepError):  # said when a list is read; what it costs is the fork server's
    FORMATS.names, known_bits()

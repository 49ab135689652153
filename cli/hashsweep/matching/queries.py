"""The hashes of many records to look up on lists, one column per algorithm.

Knows no list and no report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hashsweep.matching.base import Hashes
from hashsweep.model import UNKNOWN_QUALITY, Record
from hashsweep.variants import VARIANTS

_NUMBERS = {name: number for number, name in enumerate(VARIANTS)}


@dataclass(frozen=True, eq=False)
class Queries:
    """Hashes of one algorithm.

    `records` int64 (n,) are the positions of their records;
    `hashes` uint8 (n, bytes); `quality` uint8 (n,), 0-100, or UNKNOWN_QUALITY; `variants` uint8
    (n,), positions in VARIANTS. Ordered by record, its own hash before its views.
    """

    records: npt.NDArray[np.int64]
    hashes: Hashes
    quality: npt.NDArray[np.uint8]
    variants: npt.NDArray[np.uint8]

    def only(self, wanted: npt.NDArray[np.bool_]) -> "Queries":
        """Return the queries of the records marked in `wanted`, bool (records,)."""
        return self.at(wanted[self.records])

    def at(self, wanted: npt.NDArray[np.bool_]) -> "Queries":
        """Return the queries marked in `wanted`, bool (n,)."""
        return Queries(*(column[wanted] for column in vars(self).values()))


def of_records(name: str, size: int, records: Sequence[Record]) -> Queries:
    """Return the records' hashes by this algorithm, of `size` bytes each."""
    asked: list[tuple[int, bytes, int | None, int]] = []
    for at, record in enumerate(records):
        if name in record.hashes:
            asked.append((at, record.hashes[name], record.pdq_quality, 0))
            if name == "pdq":
                asked += [(at, *view, _NUMBERS[name]) for name, view in record.views.items()]
    return Queries(
        np.array([at for at, _, _, _ in asked], np.int64),
        np.frombuffer(b"".join(value for _, value, _, _ in asked), np.uint8).reshape(-1, size),
        np.array([UNKNOWN_QUALITY if each is None else each for _, _, each, _ in asked], np.uint8),
        np.array([variant for _, _, _, variant in asked], np.uint8),
    )


def of_record(asked: Mapping[str, Queries], record: int, names: Iterable[str]) -> dict[str, bytes]:
    """Return the hashes of one record by these algorithms, as far as it has any."""
    found = {}
    for name in names:
        if name in asked:
            at = int(np.searchsorted(asked[name].records, record))
            if at < len(asked[name].records) and asked[name].records[at] == record:
                found[name] = asked[name].hashes[at].tobytes()
    return found

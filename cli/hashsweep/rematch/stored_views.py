"""Views of stored pictures, for a rematch: those that a report keeps, else those of the hash.

Knows no list and no folder.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.matching.queries import Queries
from hashsweep.matching.turned_bits import view_hashes
from hashsweep.model import UNKNOWN_QUALITY
from hashsweep.variants import AS_IS, KINDS, OF_HASH, VARIANTS

_NAMES = (*KINDS, *OF_HASH.values())
_KIND_OF = np.array(
    [next((at for at, names in enumerate(KINDS.values()) if v in names), -1) for v in VARIANTS]
)
"""The place in KINDS of each variant's kind, -1 for the picture as it is stored."""


Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class StoredViews:
    """The views that a batch of rows keeps, as far as they are of the kinds that are compared.

    `views` are PDQs as queries, ordered by row and variant; `kept` says by kind, in the order of
    KINDS, which rows keep its views: bool (kinds, rows). `kinds` are those that are compared.
    """

    views: Queries
    kept: Flags
    kinds: Collection[str]

    @classmethod
    def read(cls, files: pa.Table, kinds: Collection[str]) -> "StoredViews":
        """Read two columns of a report; kinds and variants not known here are left out."""
        names = _whole(files["kept_views"])
        kept = np.zeros((len(KINDS), len(names)), bool)
        for number, kind in enumerate(KINDS):
            if kind in kinds:
                of_kind = pc.equal(names.flatten(), kind).to_numpy(zero_copy_only=False)
                kept[number, _owners(names)[of_kind]] = True
        lists = _whole(files["views"])
        owners, flat = _owners(lists), lists.flatten()
        known = pc.index_in(flat.field("variant"), value_set=pa.array(VARIANTS, pa.string()))
        numbers = known.fill_null(0).to_numpy().astype(np.uint8)
        used = (_KIND_OF[numbers] >= 0) & kept[_KIND_OF[numbers], owners]
        used &= flat.field("pdq").is_valid().to_numpy(zero_copy_only=False)
        owners, numbers, some = owners[used], numbers[used], flat.filter(pa.array(used))
        order = np.lexsort((numbers, owners))
        quality = some.field("quality").fill_null(UNKNOWN_QUALITY).to_numpy()
        hashes = np.frombuffer(b"".join(some.field("pdq").to_pylist()), np.uint8).reshape(-1, 32)
        views = Queries(owners[order], hashes[order], quality[order], numbers[order])
        return cls(views, kept, kinds)

    def add_to(self, asked: Queries) -> Queries:
        """Return PDQ queries with those of their views: kept ones, else those of their bits."""
        every = [asked, self.views.at(np.isin(self.views.records, asked.records))]
        for kind in OF_HASH:
            if kind in self.kinds:
                every.append(_view(asked.only(~self._keeps(kind)), kind))
        records, hashes, quality, variants = (
            np.concatenate([vars(each)[name] for each in every]) for name in vars(asked)
        )
        order = np.lexsort((variants, records))
        return Queries(records[order], hashes[order], quality[order], variants[order])

    def name_compared(self, compared: Flags) -> pa.Array:
        """Return for each row the kinds of views that were compared, null if there are none.

        `compared`, bool (rows,), says of which rows the PDQ was.
        """
        by_hash = [~self._keeps(kind) & (kind in self.kinds) for kind in OF_HASH]
        flags = np.vstack([self.kept, *by_hash]) & compared
        codes = (flags << np.arange(len(flags))[:, None]).sum(axis=0)
        distinct, places = np.unique(codes, return_inverse=True)
        values = [
            [kind for at, kind in enumerate(_NAMES) if code >> at & 1] or None
            for code in distinct.tolist()
        ]
        return pa.array(values, pa.list_(pa.string())).take(pa.array(places))

    def has(self, row: int, variant: str | None) -> bool:
        """Say whether the picture was compared in this variant, and not only by its hash."""
        if variant in (None, AS_IS):
            return True
        names = self.views.variants[self.views.records == row]
        return variant in VARIANTS and VARIANTS.index(variant) in names

    def _keeps(self, kind: str) -> Flags:
        found: Flags = self.kept[[*KINDS].index(kind)]
        return found


def _whole(column: pa.ChunkedArray) -> pa.ListArray:
    """Return a column of lists as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _owners(lists: pa.ListArray) -> npt.NDArray[np.int64]:
    """Return the row of each value in lists: int64 (values,)."""
    return np.repeat(np.arange(len(lists)), pc.list_value_length(lists).fill_null(0).to_numpy())


def _view(asked: Queries, kind: str) -> Queries:
    """Return the PDQs of one kind of views, made of the bits of `asked`."""
    names, views = view_hashes(asked.hashes, (kind,))
    numbers = np.array([VARIANTS.index(name) for name in names], np.uint8)
    return Queries(
        np.repeat(asked.records, len(names)),
        views.reshape(-1, asked.hashes.shape[1]),
        np.repeat(asked.quality, len(names)),
        np.tile(numbers, len(asked.records)),
    )

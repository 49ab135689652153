"""Turns rows of a manifest into items, batch by batch: hundreds of thousands per second.

Knows no file. Works on whole columns; single rows are examined only if something is
special about them.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice
from hashsweep.sources.manifests.base import UNLOCATED, Condition, Layout, locates, plain
from hashsweep.sources.manifests.cells import (
    Mask,
    decode,
    digests,
    integers,
    nonblank_texts,
    texts,
    times,
    to_report_text,
)
from hashsweep.sources.manifests.plain_uris import item_of, look_here, path_of
from hashsweep.sources.paths import examine_paths

_new = partial(tuple.__new__, Item)  # a third of the time of Item(...)
_STORES = ("s3://", "gs://", "az://")


class Rows:
    """Makes items from batches with columns as in `layout`.

    `versions` includes versions that are not current; `skip_archived` skips
    objects that must be restored first, which otherwise are failed items. `hosts` are the web
    servers that were named; rows of others are failed items. `look` finds out what some local
    paths are.
    """

    def __init__(
        self,
        layout: Layout,
        choice: Choice = TAKE_ALL,
        *,
        versions: bool = False,
        skip_archived: bool = False,
        hosts: Collection[str] = (),
        look: Callable[[list[bytes], Choice], Iterable[Item | Skipped]] = examine_paths,
    ) -> None:
        """Keep what applies to all batches."""
        self._layout = layout
        self._choice = choice
        self._versions = versions
        self._skip_archived = skip_archived
        self._hosts = hosts
        self._look = look

    def items(self, batch: pa.RecordBatch, name: str, first: int) -> Iterator[Item | Skipped]:
        """Yield one item per row; `name` and `first` (from 1) say where the rows come from.

        Raises SourceError if no column says where the objects are.
        """
        uris = self._uris(batch)
        sizes, no_size = integers(self._column(batch, "size"), len(batch))
        md5s, no_md5 = digests(self._column(batch, "md5"), len(batch))
        versions = self._version_ids(batch)
        columns = self._further(batch, versions)
        mtimes = times(self._column(batch, "mtime"))
        etags = nonblank_texts(self._column(batch, "etag"))
        bad = no_size | no_md5 | np.fromiter((not uri for uri in uris), bool, len(batch))
        found = zip(
            *(uris, sizes, mtimes, etags, columns, repeat(None), repeat(None), versions, md5s),
            repeat(None),
        )
        items: Iterator[Item] = map(_new, found)
        reasons = self._reasons(batch)
        special = self._special(uris, sizes, reasons) | bad
        if not special.any():
            yield from items
            return
        look = self._look_at([uri for uri, wanted in zip(uris, special, strict=True) if wanted])
        for row, item in enumerate(items):
            if bad[row]:
                failure = Failure("list", "bad-row", "without a name, or with a wrong size or MD5")
                yield Item(item.uri or f"{name}#row-{first + row}", failure=failure)
            elif special[row]:
                yield self._examine(item, reasons, row, look)
            else:
                yield item

    def _uris(self, batch: pa.RecordBatch) -> list[str]:
        """Return the URIs; an empty one if a row has none."""
        layout = self._layout
        whole = self._column(batch, "uri")
        if whole is not None:
            found = [each or "" for each in texts(whole)]
            return [layout.base + each if each else "" for each in found] if layout.base else found
        if not locates(layout, batch.schema.names):
            raise SourceError(f"manifest: {UNLOCATED}")
        key, bucket = self._column(batch, "key"), self._column(batch, "bucket")
        keys = decode(key) if layout.encoded else texts(key)
        if bucket is None:
            start = layout.base or f"{layout.scheme}://"
            return [start + each if each else "" for each in keys]
        start = f"{layout.scheme}://"
        buckets = texts(bucket)
        if len(set(buckets)) == 1 and buckets[0]:
            start += buckets[0] + "/"
            return [start + each if each else "" for each in keys]
        pairs = zip(buckets, keys, strict=True)
        return [f"{start}{one}/{each}" if one and each else "" for one, each in pairs]

    def _column(self, batch: pa.RecordBatch, field: str) -> pa.Array | None:
        return next(self._columns(batch, self._layout.fields.get(field, ())), None)

    def _columns(self, batch: pa.RecordBatch, wanted: Sequence[str]) -> Iterator[pa.Array]:
        """Yield the columns of these names, in this order."""
        plain_names = [plain(name) for name in batch.schema.names]
        for name in wanted:
            if name in plain_names:
                yield batch.column(plain_names.index(name))

    def _version_ids(self, batch: pa.RecordBatch) -> Any:
        """Return the version to fetch if it is not just the current one."""
        column = self._column(batch, "version")
        if column is None or not (self._versions or self._layout.pinned):
            return repeat(None)
        ids = nonblank_texts(column)
        if self._layout.pinned:
            return ids
        older = self._any(batch, self._layout.older)
        return [each if old else None for each, old in zip(ids, older, strict=True)]

    def _further(self, batch: pa.RecordBatch, versions: Any) -> Any:
        """Return what goes into the report: the unknown columns."""
        known = {name for names in self._layout.fields.values() for name in names}
        known |= self._layout.ours
        there = batch.schema.names
        places = [place for place, name in enumerate(there) if plain(name) not in known]
        names = [there[place] for place in places]
        columns: list[Any] = [to_report_text(batch.column(place)) for place in places]
        if not isinstance(versions, repeat):
            names, columns = [*names, "version"], [*columns, versions]
        if not names:
            return repeat(None)
        rows = zip(*columns, strict=True)
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in rows
        ]

    def _any(self, batch: pa.RecordBatch, tests: Sequence[Condition]) -> Mask:
        mask = np.zeros(len(batch), bool)
        for test in tests:
            for column in self._columns(batch, [test.column]):
                mask |= _holds(column, test)
        return mask

    def _reasons(self, batch: pa.RecordBatch) -> list[tuple[str, Mask]]:
        skipped = [(reason, self._any(batch, [test])) for reason, test in self._layout.skipped]
        if not self._versions:
            skipped.append(("not-latest", self._any(batch, self._layout.older)))
        return [
            *skipped,
            ("archived", self._any(batch, self._layout.archived)),
            ("unfetchable", self._any(batch, self._layout.unfetchable)),
        ]

    def _special(
        self, uris: Sequence[str], sizes: Any, reasons: Sequence[tuple[str, Mask]]
    ) -> Mask:
        """Return which rows must be examined one by one."""
        if self._choice != TAKE_ALL or not all(map(_is_in_store, uris)):
            return np.ones(len(uris), bool)
        mask = np.zeros(len(uris), bool)
        for _, each in reasons:
            mask |= each
        if not isinstance(sizes, repeat) and 0 in sizes:
            mask |= np.fromiter((size == 0 for size in sizes), bool, len(uris))
        return mask

    def _look_at(self, uris: Iterable[str]) -> Callable[[str], Item | Skipped]:
        """Find out what the local files among `uris` are, all at once; return who knows."""
        paths: dict[bytes, str] = {}
        for uri in uris:
            if uri and (path := path_of(uri)) is not None:
                with suppress(UnicodeEncodeError):  # no name that a disk could have
                    paths[os.fsencode(path)] = path
        found = dict(zip(paths.values(), self._look([*paths], TAKE_ALL), strict=True))
        return lambda path: found[path] if path in found else look_here(path)

    def _examine(
        self,
        item: Item,
        reasons: list[tuple[str, Mask]],
        row: int,
        look: Callable[[str], Item | Skipped],
    ) -> Item | Skipped:
        """Return one row's item, or why it is skipped."""
        held = [reason for reason, mask in reasons if mask[row]]
        found = item_of(item, self._hosts, look)
        if isinstance(found, Skipped) or found.failure:
            return found
        for reason in held:
            if reason not in ("archived", "unfetchable"):
                return Skipped(found.uri, reason)
        if found.size == 0 and found.uri.endswith("/"):
            return Skipped(found.uri, "folder-marker")
        if not self._choice.takes(_below_root(found.uri)):
            return Skipped(found.uri, "excluded")
        limit = self._choice.max_file_size
        if limit is not None and found.size is not None and found.size > limit:
            return Skipped(found.uri, "too-large")
        if "archived" in held:
            if self._skip_archived:
                return Skipped(found.uri, "archived")
            return found._replace(failure=Failure("list", "archived", "by its storage class"))
        if "unfetchable" in held:
            return found._replace(failure=Failure("list", "bad-name", "a snapshot of a blob"))
        return found


def _is_in_store(uri: str) -> bool:
    return uri.startswith(_STORES)


def _below_root(uri: str) -> str:
    return uri.partition("://")[2].partition("/")[2] if "://" in uri else uri.lstrip("/")


def _holds(column: pa.Array, test: Condition) -> Mask:
    """Return for which rows a condition holds; for a null it does not."""
    if test.values is None:
        return np.asarray(column.is_valid())
    if pa.types.is_null(column.type):
        return np.zeros(len(column), bool)
    text = pa.array(texts(column), pa.string())
    if test.values <= {"true", "false"}:
        text = pc.utf8_lower(text)
    mask = pc.is_in(text, value_set=pa.array(sorted(test.values), pa.string()))
    return np.asarray(pc.fill_null(mask, fill_value=False))

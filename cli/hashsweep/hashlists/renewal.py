"""Renews a compiled list: writes its entries to a new file in the present layout, unchanged.

Reads the present layout and the one before. Everything but the index is copied as it is; the
index is made anew. Optional sections that this version does not know are left out: they may depend
on what it cannot check. Every array is checked before it is used, so that a renewed list is sound
whatever it came from.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from hashsweep.errors import ListError
from hashsweep.hashlists import container, known_hashes
from hashsweep.hashlists.builder import Array
from hashsweep.hashlists.compiled import VERSION
from hashsweep.hashlists.container import MAGIC, PREVIOUS, Container
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.previous_layout import PreviousContainer

_INDEX = ".index."
_COLUMNS = {"about": "uint32", "withdrawn": "uint8", "replaces": "uint8", "superseded": "uint8"}
_HASHES = {"keys": "uint64", "entries": "uint32", "quality": "uint8"}

_Count = Annotated[int, Meta(ge=0, lt=2**40)]
_Counts = dict[str, _Count]


class _RefusedRow(msgspec.Struct, frozen=True):
    line: int
    code: str
    detail: str


class _Source(msgspec.Struct, frozen=True):
    """A file that the list was made of (importing.SourceReport)."""

    path: str
    format: str
    sha256: str
    size: _Count
    modified: str
    entries: _Count
    refusals: _Counts
    refused_rows: list[_RefusedRow]


class _ListMeta(msgspec.Struct, frozen=True, kw_only=True):
    """What `meta` of a list must hold (docs/reference/compiled-lists.md)."""

    list_version: Annotated[int, Meta(ge=1, le=VERSION)]  # 1 had another index
    name: str
    known_good: bool
    created: str
    sources: list[_Source]
    entries: _Count
    active: _Count
    withdrawn: _Count
    superseded: _Count
    unmet: _Count
    undated: _Count
    hashes: _Counts
    kept: _Counts
    abouts: list[tuple[str, str, tuple[str, ...], str]]


def open_any_layout(path: Path, *, verify: bool = True) -> Container:
    """Open the file of a compiled list of the present layout or the one before.

    Raises ListError, also for other layouts.
    """
    is_previous = head_of(path, len(MAGIC)) == MAGIC[:-1] + bytes([PREVIOUS])
    return (PreviousContainer if is_previous else Container)(path, verify=verify)


def is_known_good(path: Path) -> bool:
    """Say whether a compiled list, of either layout, is one of harmless files."""
    return open_any_layout(path, verify=False).meta.get("known_good") is True


def renew(old: Container, name: str | None, path: Path) -> None:
    """Write the list anew to `path`, under another name if one is given.

    Every byte of `old` must have been verified. Raises ListError for a list that is not sound,
    OSError if `path` cannot be written.
    """
    try:
        meta = msgspec.convert(old.meta, _ListMeta)
        arrays = {each: old.array(each) for each in old.names if _INDEX not in each}
        _check(meta, arrays)
    except (ValueError, KeyError) as error:  # msgspec's own errors are ValueErrors
        raise ListError(f"{old.path}: damaged, or not a compiled hash list: {error}") from error
    for algorithm in meta.hashes:
        hashes = arrays[f"{algorithm}.hashes"]
        if known_hashes.known_bits().get(algorithm) == hashes.shape[1] * 8:
            for part, array in known_hashes.index(algorithm, hashes).items():
                arrays[f"{algorithm}{_INDEX}{part}"] = array
    container.write(path, {**old.meta, "name": name or meta.name, "list_version": VERSION}, arrays)


def _check(meta: _ListMeta, arrays: dict[str, Array]) -> None:
    """Raise ValueError or KeyError unless the arrays fit together."""
    count = meta.entries
    for name in ("entry.id", "entry.updated"):
        _check_texts(arrays, name, count)
    for name, kind in _COLUMNS.items():
        _check_array(arrays, f"entry.{name}", kind, (count,))
    _check_array(arrays, "entry.key", "uint64", (count, 2))
    _check_below(arrays, "entry.about", len(meta.abouts))
    for name in meta.hashes:
        hashes = arrays[f"{name}.hashes"]
        if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] < 1:  # noqa: PLR2004
            raise ValueError(f"its part '{name}.hashes' is not sound")
        for part, kind in _HASHES.items():
            _check_array(arrays, f"{name}.{part}", kind, hashes.shape[:1])
        _check_below(arrays, f"{name}.entries", count)
        _check_ascending(arrays, f"{name}.keys")
    for name in _list_kept(arrays):
        rows = arrays[f"kept.{name}.entries"]
        _check_array(arrays, f"kept.{name}.entries", "uint32", rows.shape[:1])
        _check_texts(arrays, f"kept.{name}", len(rows))
        _check_below(arrays, f"kept.{name}.entries", count)
    if missing := meta.kept.keys() - {*_list_kept(arrays)}:
        raise KeyError(min(missing))


def _list_kept(arrays: dict[str, Array]) -> Iterator[str]:
    for name in arrays:
        if name.startswith("kept.") and name.endswith(".entries"):
            yield name.removeprefix("kept.").removesuffix(".entries")


def _check_array(arrays: dict[str, Array], name: str, kind: str, shape: tuple[int, ...]) -> None:
    if arrays[name].dtype != kind or arrays[name].shape != shape:
        raise ValueError(f"its part {name!r} is not sound")


def _check_texts(arrays: dict[str, Array], name: str, count: int) -> None:
    content, ends = f"{name}.bytes", f"{name}.ends"
    _check_array(arrays, content, "uint8", arrays[content].shape[:1])
    _check_array(arrays, ends, "uint64", (count + 1,))
    _check_ascending(arrays, ends)
    if arrays[ends][0] != 0 or arrays[ends][-1] != len(arrays[content]):
        raise ValueError(f"its part {ends!r} is not sound")


def _check_ascending(arrays: dict[str, Array], name: str) -> None:
    if (arrays[name][1:] < arrays[name][:-1]).any():
        raise ValueError(f"its part {name!r} is not sound")


def _check_below(arrays: dict[str, Array], name: str, bound: int) -> None:
    if len(arrays[name]) and arrays[name].max() >= bound:
        raise ValueError(f"its part {name!r} is not sound")

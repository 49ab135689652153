"""Hash lists as the user named them to open compiled lists with their indexes.

The place where list formats, hashers and indexes meet. Knows no source and no terminal.
"""

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hashsweep.errors import ListError, ReportError
from hashsweep.hashers import HASHERS
from hashsweep.hashlists.compiled import SUFFIX, CompiledList
from hashsweep.hashlists.gather import Array
from hashsweep.hashlists.kinds import BITS
from hashsweep.hashlists.prepare import ListName, ListOptions, compile_files, is_compiled
from hashsweep.matching import mih

_DIGESTS = {"sha256", "sha1", "md5"}


@lru_cache(maxsize=1)
def known_bits() -> Mapping[str, int]:
    """Return the length in bits of every hash that is known here, plug-ins included."""
    extra = [name for name in HASHERS.names if name not in BITS]
    return BITS | {name: HASHERS.load(name).spec.bits for name in extra}


def index(algorithm: str, hashes: npt.NDArray[np.uint8]) -> Mapping[str, Array]:
    """Return the arrays of an index over perceptual hashes; none for digests."""
    bits = known_bits()[algorithm]
    if algorithm in _DIGESTS or bits not in mih.LENGTHS or _is_exact(algorithm):
        return {}
    return mih.build(hashes)


def _is_exact(algorithm: str) -> bool:
    return algorithm not in BITS and HASHERS.load(algorithm).spec.metric == "exact"


def open_lists(
    names: Iterable[str], options: ListOptions, scratch: Path, taken: set[str]
) -> list[CompiledList]:
    """Open each list, compiling those that are not into the folder `scratch`.

    Each is verified. Names in reports are the lists' own or the files' stems, with a number
    where two would be alike; `taken` holds those in use. Raises ListError, or ReportError if
    `scratch` is full.
    """
    return [_open(ListName.parse(name, known_bits()), options, scratch, taken) for name in names]


def _open(named: ListName, options: ListOptions, scratch: Path, taken: set[str]) -> CompiledList:
    opened = CompiledList(named.path) if is_compiled(named.path) else None
    name = _unused(opened.name if opened else named.path.stem, taken)
    taken.add(name)
    if opened is None:
        return import_lists([named], name, scratch / f"{len(taken)}{SUFFIX}", options)
    opened.name = name
    if options.known_good not in (None, opened.known_good):
        its = "of harmless files" if opened.known_good else "of harmful files"
        raise ListError(f"{named.path} is a list {its}, and is named here as the other kind")
    return opened


def import_lists(
    named: Iterable[ListName],
    name: str,
    path: Path,
    options: ListOptions,
    base: CompiledList | None = None,
) -> CompiledList:
    """Compile files (after the entries of `base`) to `path`; raises ListError or ReportError."""
    if os.path.lexists(path):
        raise ReportError(f"{path} is already there: name a new file")
    try:
        return compile_files(
            named, name, path, options=options, bits=known_bits(), indexer=index, base=base
        )
    except FileExistsError as error:
        raise ReportError(f"{path} is already there: name a new file") from error
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror}") from error


def _unused(name: str, taken: set[str]) -> str:
    number = 1
    unused = name
    while unused in taken:
        number += 1
        unused = f"{name}#{number}"
    return unused

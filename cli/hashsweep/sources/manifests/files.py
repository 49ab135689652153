"""A manifest's data files: local, complete, and with the content that the manifest says.

Knows no row.
"""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from hashsweep.errors import ItemError, SourceError
from hashsweep.sources.manifests.base import DataFile, Objects
from hashsweep.sources.manifests.beside import open_local
from hashsweep.storage.facts import CHUNK
from hashsweep.storage.local import read_error
from hashsweep.storage.memory import by_descriptor
from hashsweep.storage.uris import is_remote, without_secrets

_AT_ONCE = 16  # requests


def check(files: tuple[DataFile, ...], objects: Objects) -> None:
    """Raise SourceError unless every file is there and has its size; no byte is read."""
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(lambda file: _check(file, objects), files):
            pass


def _check(file: DataFile, objects: Objects) -> None:
    try:
        size = _size(file, objects)
    except ItemError as error:
        why = "is missing" if error.reason == "gone" else error.detail or error.reason
        raise SourceError(f"manifest: data file {without_secrets(file.uri)} {why}") from error
    if file.size is not None and size != file.size:
        raise SourceError(
            f"manifest: data file {without_secrets(file.uri)} has {size:,} bytes, not {file.size:,}"
        )


def _size(file: DataFile, objects: Objects) -> int:
    if file.root is None:
        return objects.facts(file.uri).size
    try:
        with open_local(file) as descriptor:
            return os.fstat(descriptor).st_size
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ItemError("read", "not-regular", "is a link, or lies behind one") from error
        raise read_error(error) from error


@contextmanager
def open_data_file(file: DataFile, objects: Objects) -> Iterator[str]:
    """Give the path of a data file; one from a store becomes an unnamed temporary file.

    Its MD5 is checked before any row is used. Raises SourceError.
    """
    if not is_remote(file.uri):
        with _open_local(file) as descriptor:
            if file.md5:
                with open(descriptor, "rb", closefd=False) as stream:
                    _compare(file, hashlib.file_digest(stream, "md5").hexdigest())
            yield file.uri if file.root is None else by_descriptor(descriptor)
        return
    with tempfile.TemporaryFile() as copy:
        digest = hashlib.md5(usedforsecurity=False)
        try:
            for chunk in objects.chunks(file.uri, objects.facts(file.uri)):
                digest.update(chunk)
                copy.write(chunk)
        except ItemError as error:
            why = error.detail or error.reason
            raise SourceError(f"manifest: {without_secrets(file.uri)}: {why}") from error
        except OSError as error:
            raise SourceError(f"manifest: no space for a data file: {error.strerror}") from error
        copy.flush()
        _compare(file, digest.hexdigest())
        yield f"/proc/self/fd/{copy.fileno()}"


@contextmanager
def _open_local(file: DataFile) -> Iterator[int]:
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(open_local(file))
        except OSError as error:
            raise SourceError(f"manifest: data file {file.uri}: {error.strerror}") from error
        yield descriptor


def _compare(file: DataFile, found: str) -> None:
    if file.md5 and file.md5 != found:
        raise SourceError(
            f"manifest: data file {without_secrets(file.uri)} was altered: its MD5 is not the one "
            "in the manifest"
        )


def head(uri: str, objects: Objects, size: int) -> bytes:
    """Return the first bytes of an object or file, at least `size` if there are that many."""
    found = b""
    for chunk in objects.chunks(uri, objects.facts(uri)):
        found += bytes(chunk[: max(size, CHUNK)])
        if len(found) >= size:
            break
    return found

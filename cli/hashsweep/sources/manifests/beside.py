"""Where an inventory's data files are: in its bucket, or below its folder on this machine.

An inventory may come from anybody, so it cannot name files elsewhere. Knows no format.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from hashsweep.sources.manifests.base import DataFile, Manifest
from hashsweep.storage.beneath import open_beneath, open_folder
from hashsweep.storage.uris import is_remote, split_uri

_FLAGS = os.O_RDONLY | os.O_NONBLOCK
_DELIVERY = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ")  # of S3: `data` is a folder beside it
_DATA = "data"


def find_data_file(
    manifest: Manifest, bucket_uri: str, key: str, size: int | None = None, md5: str | None = None
) -> DataFile:
    """Return a data file by its key in the destination bucket.

    For a manifest in a store: in that bucket. For a local copy: below the manifest's folder, laid
    out as in the bucket or flat, or in the folder `data` beside it, where S3 puts them. Raises
    SourceError for a key that leads out of there.
    """
    if is_remote(manifest.uri):
        return DataFile(f"{bucket_uri}/{key}", size, md5)
    parts = [part for part in key.split("/") if part]
    if not parts or not {".", ".."}.isdisjoint(parts) or "\0" in key:
        raise manifest.damage_error("it names a data file outside its folder")
    folder = os.path.dirname(os.path.abspath(manifest.uri))
    places = [(folder, "/".join(parts[start:])) for start in range(len(parts))]
    if _DELIVERY.fullmatch(os.path.basename(folder)):
        places.append((os.path.dirname(folder), f"{_DATA}/{parts[-1]}"))
    root, below = next((place for place in places if _is_file(*place)), places[len(parts) - 1])
    return DataFile(os.path.join(root, below), size, md5, root)


def find_shard(manifest: Manifest, name: str) -> DataFile:
    """Return a data file in the manifest's folder by its name there, or its key or URI.

    Raises SourceError for a URI in another bucket.
    """
    if is_remote(name) and is_remote(manifest.uri):
        try:
            is_ours = split_uri(name)[:2] == split_uri(manifest.uri)[:2]
        except ValueError:
            is_ours = False
        if not is_ours:
            raise manifest.damage_error("it names a data file in another bucket")
        return DataFile(name)
    last = name.rpartition("/")[2]
    if is_remote(manifest.uri):
        return DataFile(manifest.beside(last))
    return find_data_file(manifest, "", last)


def is_beside(file: DataFile, uri: str) -> bool:
    """Say whether a data file may be one of the manifest `uri`: itself, or where these lie.

    The command asks this of what a confined parser returns.
    """
    if file.uri == uri:
        return file.root is None
    if is_remote(uri):
        try:
            return file.root is None and split_uri(file.uri)[:2] == split_uri(uri)[:2]
        except ValueError:
            return False
    folder = os.path.dirname(os.path.abspath(uri))
    below = os.path.relpath(file.uri, file.root or os.sep).split(os.sep)
    if is_remote(file.uri) or file.root is None or os.pardir in below:
        return False
    is_delivered = _DELIVERY.fullmatch(os.path.basename(folder)) is not None
    in_data = is_delivered and file.root == os.path.dirname(folder) and below[0] == _DATA
    return file.root == folder or in_data


@contextmanager
def open_local(file: DataFile) -> Iterator[int]:
    """Give a descriptor of a local data file.

    Raises OSError: ELOOP where a link leads to it, ENOENT also if it is not a regular file.
    """
    if file.root is None:
        descriptor = os.open(file.uri, os.O_RDONLY | os.O_CLOEXEC)
    else:
        descriptor = _open(file.root, os.path.relpath(file.uri, file.root))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(root: str, below: str) -> int:
    folder = open_folder(root)
    try:
        descriptor = open_beneath(folder, os.fsencode(below), _FLAGS)
    finally:
        os.close(folder)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _is_file(root: str, below: str) -> bool:
    try:
        os.close(_open(root, below))
    except OSError:
        return False
    return True

"""Names of files by which a list may call its entries: relative to what all of them lie in.

Knows no list. A path or URI is given as items have it.
"""

import os
from collections.abc import Iterable

from hashsweep.storage.uris import is_remote

_SEPARATOR = "/"


class Relative:
    """Gives names relative to the common folder of `folders`; of stores and of this machine apart.

    What lies in no common folder has its whole path below the root, or its bucket and key.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        """Take absolute paths and URIs of folders."""
        given = list(folders)
        self._local = _common([each for each in given if not is_remote(each)])
        self._remote = _common([each for each in given if is_remote(each)])

    def name(self, uri: str) -> str:
        """Return the name of a file."""
        base = self._remote if is_remote(uri) else self._local
        folder = base if base.endswith(_SEPARATOR) else base + _SEPARATOR
        rest = uri.removeprefix(folder) if base else uri
        rest = rest.partition("://")[2] if is_remote(rest) else rest.lstrip(_SEPARATOR)
        return rest or uri.rstrip(_SEPARATOR).rpartition(_SEPARATOR)[2]


def folder_of(source: str) -> str:
    """Return the folder that a source named by the user is, or the one that it lies in."""
    if is_remote(source):
        scheme, _, rest = source.partition("://")
        bucket, slash, key = rest.partition(_SEPARATOR)
        return f"{scheme}://{bucket}{slash}{key.rpartition(_SEPARATOR)[0]}"
    path = os.path.abspath(source)
    return path if os.path.isdir(path) else os.path.dirname(path)


def _common(folders: list[str]) -> str:
    """Return what all of them begin with, at a separator; "" for nothing in common."""
    parts = [each.rstrip(_SEPARATOR).split(_SEPARATOR) for each in folders]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return _SEPARATOR.join(shared)

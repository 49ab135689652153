"""One JSON object per line: {"uri": "s3://bucket/key", "size": 123, "id": "content-9"}.

Or an array of such objects, or of URIs, as data frames and databases write it.
"""

import codecs
import io
import json
import re
from typing import Any

from hashsweep.sources.manifests import lists
from hashsweep.sources.manifests.base import UNLOCATED, Contents, DataFile, Manifest, locates

_ARRAY = re.compile(rb"\[\s*[{\"]")


class JsonlList:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = (
        'one JSON object per line, or an array of them, such as `{"uri": "s3://b/k", "id": "c-9"}`'
    )

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """The first line is an object, or an array begins there."""
        return bool(_ARRAY.match(_start(manifest.head)) or _first(manifest.head))

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """The first object names the columns; others may have further ones."""
        is_array = _ARRAY.match(_start(manifest.head)) is not None
        first = _first_of_array(manifest.head) if is_array else _first(manifest.head)
        if first and all(isinstance(each, dict) for each in first.values()):
            raise manifest.damage_error(
                "it is JSON by column, as pandas writes it by default: use orient='records'"
            )
        names = None if first is None else [*first]
        layout = lists.layout(manifest, names)
        if names is not None and not locates(layout, names):
            raise manifest.damage_error(UNLOCATED)
        return Contents((DataFile(manifest.uri),), "json" if is_array else "jsonl", layout)


def _start(head: bytes) -> bytes:
    return head.removeprefix(codecs.BOM_UTF8).lstrip()


def _first(head: bytes) -> dict[str, Any]:
    line = _start(head).partition(b"\n")[0]
    if not line.startswith(b"{"):
        return {}
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _first_of_array(head: bytes) -> dict[str, Any] | None:
    """Return the first object of an array, None where the head does not hold all of it."""
    import ijson  # type: ignore[import-untyped]

    start = io.BytesIO(_start(head))
    try:
        found: Any = next(ijson.items(start, "item", use_float=True, buf_size=4096), {})
    except (ijson.JSONError, ValueError, OverflowError):  # not UTF-8, or a number beyond all
        return None
    return found if isinstance(found, dict) else {"uri": found}

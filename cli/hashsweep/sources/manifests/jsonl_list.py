"""One JSON object per line: {"uri": "s3://bucket/key", "size": 123, "id": "content-9"}."""

import json

from hashsweep.sources.manifests import lists
from hashsweep.sources.manifests.base import UNLOCATED, Contents, DataFile, Manifest, locates


class JsonlList:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = 'one JSON object per line, such as `{"uri": "s3://b/k", "id": "c-9"}`'

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """The first line is an object."""
        return bool(_first(manifest.head))

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """The first object names the columns; others may have more."""
        names = [*_first(manifest.head)]
        layout = lists.layout(manifest, names)
        if not locates(layout, names):
            raise manifest.damage_error(UNLOCATED)
        return Contents((DataFile(manifest.uri),), "jsonl", layout)


def _first(head: bytes) -> dict[str, object]:
    line = head.lstrip().partition(b"\n")[0]
    if not line.startswith(b"{"):
        return {}
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

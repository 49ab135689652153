"""The meaning of a plain URI list's columns, by name or as given by the user."""

from collections.abc import Sequence

from hashsweep.sources.manifests.base import FIELDS, Condition, Layout, Manifest, plain
from hashsweep.sources.manifests.s3_inventory import ARCHIVED

ALIASES = {
    "uri": ("uri", "url", "path", "file", "filename"),
    "bucket": ("bucket",),
    "key": ("key",),
    "size": ("size", "bytes", "filesize", "contentlength"),
    "mtime": ("mtime", "modified", "lastmodified", "lastmodifieddate"),
    "etag": ("etag",),
    "version": ("version", "versionid"),
    "md5": ("md5", "contentmd5"),
    "class": ("storageclass",),
}
"""Field -> the names of columns that are read as it, unless the user maps one."""


def layout(manifest: Manifest, names: Sequence[str] | None) -> Layout:
    """Return the layout of a list with these columns, if they are already known.

    Raises SourceError for a mapped column that does not exist.
    """
    asked = {field: plain(column) for field, column in manifest.options.mapped}
    for field, column in manifest.options.mapped:
        if names is not None and plain(column) not in map(plain, names):
            raise manifest.damage_error(f"it has no column {column} (for {field})")
    fields: dict[str, tuple[str, ...]] = {}
    for field in FIELDS:
        others = tuple(name for name in ALIASES[field] if name not in asked.values())
        fields[field] = (asked[field],) if field in asked else others
    if "uri" not in asked and "key" in asked:
        fields["uri"] = ()  # a mapped key takes precedence
    return Layout(
        fields,
        base=manifest.options.base,
        pinned=True,
        archived=tuple(Condition(name, ARCHIVED) for name in fields["class"]),
    )

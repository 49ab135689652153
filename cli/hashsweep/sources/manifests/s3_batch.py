"""The CSV manifest of S3 Batch Operations: Bucket,Key[,VersionId], no header, keys encoded.

Never detected, because any list of two columns looks like it: it must be named. The
order of the columns can be changed, as in a job's `Fields`.
"""

from hashsweep.sources.manifests.base import Contents, DataFile, Layout, Manifest

LAYOUT = Layout(
    {"bucket": ("bucket",), "key": ("key",), "version": ("versionid",)},
    encoded=True,
    pinned=True,
    ours=frozenset({"ignore"}),
)


class S3Batch:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "CSV of S3 Batch Operations, without a header; must be named"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:  # noqa: ARG004
        """Never."""
        return False

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Return the one file."""
        names = manifest.options.columns or _NAMES[: _width(manifest.head)]
        return Contents((DataFile(manifest.uri),), "csv", LAYOUT, tuple(names))


_NAMES = ("Bucket", "Key", "VersionId")


def _width(head: bytes) -> int:
    """Encoded keys contain no comma, so the commas of the first line count the columns."""
    return head.partition(b"\n")[0].count(b",") + 1

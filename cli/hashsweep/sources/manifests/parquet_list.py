"""A Parquet file of URIs, as exported by a data warehouse."""

from hashsweep.sources.manifests import lists
from hashsweep.sources.manifests.base import Contents, DataFile, Manifest


class ParquetList:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "Parquet with a column `uri`, or `bucket` and `key`"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """By the magic bytes."""
        return manifest.head.startswith(b"PAR1")

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Return the one file; its columns are known once it is opened."""
        layout = lists.layout(manifest, None)
        return Contents((DataFile(manifest.uri),), "parquet", layout)

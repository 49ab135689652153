"""Sources of items: each source yields Items as a stream. Knows no hash and no list."""

from hashsweep.registry import Registry
from hashsweep.sources.base import Source

SOURCES: Registry[type[Source]] = Registry(
    "hashsweep.sources",
    "source",
    {
        "folder": "hashsweep.sources.folder:FolderSource",
        "paths": "hashsweep.sources.paths:PathsSource",
        "bucket": "hashsweep.sources.bucket:BucketSource",
        "manifest": "hashsweep.sources.manifest:ManifestSource",
    },
)

__all__ = ["SOURCES", "Source"]

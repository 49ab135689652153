"""A CSV or TSV of URIs, with a header or with columns named by the user."""

import csv
import io

from hashsweep.sources.manifests import lists
from hashsweep.sources.manifests.base import UNLOCATED, Contents, DataFile, Manifest, locates


class CsvList:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "CSV or TSV with a header"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """By its name, or because the user names columns."""
        name = manifest.uri.partition("?")[0].lower().removesuffix(".gz")
        return name.endswith((".csv", ".tsv")) or bool(manifest.options.columns)

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Read the header."""
        line = manifest.head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        first = line.partition("\n")[0]
        delimiter = max(",\t;", key=first.count)
        given = manifest.options.columns
        names = list(given) or next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
        if len(set(names)) < len(names):
            raise manifest.damage_error("two of its columns have the same name")
        layout = lists.layout(manifest, names)
        if not locates(layout, names):
            raise manifest.damage_error(UNLOCATED)
        return Contents((DataFile(manifest.uri),), "csv", layout, given or None, delimiter)

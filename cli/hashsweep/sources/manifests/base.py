"""The interface of manifest formats: their data files, and what the columns mean.

Knows no format and reads no row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from hashsweep.errors import SourceError
from hashsweep.storage.facts import Facts
from hashsweep.storage.uris import without_secrets

Kind = Literal["csv", "parquet", "orc", "jsonl", "json", "text"]

FIELDS = ("uri", "bucket", "key", "size", "mtime", "etag", "version", "md5", "class")
"""Fields that columns can hold; `class` is the storage class."""


class Objects(Protocol):
    """Reads objects and local files by name; see storage.stores.Stores. Raises ItemError."""

    def facts(self, uri: str) -> Facts:
        """Return what is known about one object."""

    def read(self, uri: str, limit: int) -> bytes:
        """Return a whole object of at most `limit` bytes."""

    def chunks(self, uri: str, facts: Facts) -> Iterator[Any]:
        """Yield the bytes of the object of these facts."""


@dataclass(frozen=True)
class ListOptions:
    """The user's options for a list that does not explain itself.

    `format` is a name of MANIFESTS. `columns` are the names of a CSV without a header; `mapped`
    pairs a field of FIELDS with a column; `base` is put before every URI; with `null` the lines of
    a text end with NUL.
    """

    format: str | None = None
    columns: tuple[str, ...] = ()
    mapped: tuple[tuple[str, str], ...] = ()
    base: str = ""
    null: bool = False


@dataclass(frozen=True)
class DataFile:
    """One file of rows: `size` in bytes and `md5` (hexadecimal) if the manifest gives them.

    A local one that an inventory names lies below the folder `root`, and no link leads to it.
    """

    uri: str
    size: int | None = None
    md5: str | None = None
    root: str | None = None


@dataclass(frozen=True)
class Condition:
    """A condition on a column; `values` None means any value at all."""

    column: str
    values: frozenset[str] | None


@dataclass(frozen=True)
class Layout:
    """What the columns mean; names are in the form of `plain`.

    `fields` maps a field of FIELDS to the columns that may hold it. Without the field `uri` it is
    `scheme`://bucket/key, or `scheme`://key if the key includes its bucket. With `encoded`, keys
    are percent-encoded as in HTML forms. `skipped` pairs a reason with the condition for it;
    `older` is a version that is not the current one, whose `version` is requested only then unless
    `pinned`; `archived` has to be restored first; `unfetchable` cannot be fetched. `ours` are
    the columns that only describe the store's handling of the object: they stay out of reports.
    """

    fields: Mapping[str, tuple[str, ...]]
    scheme: str = "s3"
    base: str = ""
    encoded: bool = False
    pinned: bool = False
    skipped: tuple[tuple[str, Condition], ...] = ()
    older: tuple[Condition, ...] = ()
    archived: tuple[Condition, ...] = ()
    unfetchable: tuple[Condition, ...] = ()
    ours: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Contents:
    """What a manifest says: its data files, how their rows are written, what the columns mean.

    `names` are the columns of a CSV without a header. `rows` is the expected number of rows, if
    the manifest says so. With `null`, lines of a text end with NUL.
    """

    files: tuple[DataFile, ...]
    kind: Kind
    layout: Layout
    names: tuple[str, ...] | None = None
    delimiter: str = ","
    rows: int | None = None
    null: bool = False


@dataclass(frozen=True)
class Manifest:
    """A manifest as found: its name, the first bytes (decompressed), and access to all objects."""

    uri: str
    head: bytes
    objects: Objects
    options: ListOptions = field(default_factory=ListOptions)

    @cached_property
    def text(self) -> bytes:
        """All bytes; for manifests that list data files. Raises ItemError if there are too many."""
        return self.objects.read(self.uri, _LARGEST)

    @cached_property
    def json(self) -> Mapping[str, Any]:
        """The manifest as a JSON object; empty if it is not one."""
        if not self.head.lstrip().startswith(b"{"):
            return {}
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def beside(self, name: str) -> str:
        """Return the URI of a file in the manifest's folder."""
        return f"{self.uri.rpartition('/')[0]}/{name}" if "/" in self.uri else name

    def damage_error(self, what: str) -> SourceError:
        """Return the error for an invalid manifest."""
        return SourceError(f"manifest {without_secrets(self.uri)}: {what}")


_LARGEST = 256 * 1024 * 1024  # bytes; about 200 per data file of a million rows


class ManifestFormat(Protocol):
    """One manifest format."""

    description: str
    """A short description for people."""

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """Say whether the bytes look like it; never raises."""

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Return what the manifest says; raises SourceError if it is inconsistent."""


def plain(column: str) -> str:
    """Return the name of a column as used in conditions and maps: the same in CSV and Parquet."""
    return column.strip().lower().replace("_", "").replace("-", "").replace(" ", "")


UNLOCATED = (
    "no column is called uri, url or path: give it with --manifest-map uri=COLUMN, or the columns "
    "of a file without a header with --manifest-columns"
)
"""The error for a list whose columns do not say where the objects are."""


def locates(layout: Layout, names: Iterable[str]) -> bool:
    """Say whether these columns locate an object."""
    there = {plain(name) for name in names}

    def has(field: str) -> bool:
        return bool(there & {*layout.fields.get(field, ())})

    whole_key = "bucket" not in layout.fields or layout.base or has("bucket")
    return has("uri") or bool(has("key") and whole_key)


def check_manifest(manifest: Manifest, checksum: str) -> None:
    """Compare the manifest with the MD5 in the file `checksum` next to it.

    Stores write that file last, so without it the manifest is incomplete.
    """
    import hashlib

    from hashsweep.errors import ItemError

    uri = manifest.beside(checksum)
    try:
        said = manifest.objects.read(uri, 1024).decode("ascii", "replace").strip().strip('"')
    except ItemError as error:
        why = "does not exist" if error.reason == "gone" else error.detail or error.reason
        raise manifest.damage_error(f"its checksum file {checksum} {why}") from error
    if said.lower() != hashlib.md5(manifest.text, usedforsecurity=False).hexdigest():
        raise manifest.damage_error(f"it was altered: its MD5 is not the one in {checksum}")

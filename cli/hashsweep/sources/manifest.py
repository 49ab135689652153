"""Items that a manifest lists: a store's inventory, or a list of URIs. Knows no format."""

import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO

from hashsweep.errors import ItemError, SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice, absolute
from hashsweep.sources.manifests import Contents, files, reading, tables
from hashsweep.sources.manifests.base import ListOptions, Objects
from hashsweep.sources.manifests.parser import HEAD
from hashsweep.sources.manifests.rows import Rows
from hashsweep.sources.paths import examine_paths
from hashsweep.storage.uris import is_remote, without_secrets

_COPY = 1024 * 1024


@dataclass(frozen=True)
class ManifestSource:
    """The objects and files that the manifest `uri` lists; "-" is standard input.

    `options` say what a plain list does not. For `versions` and `skip_archived` see
    manifests.rows. `hosts` are the web servers whose objects may be fetched
    (storage.origins.read_host). `look` finds out what some local paths are. One data file is held
    on disk at a time, and one batch of its rows in memory.
    """

    uri: str
    objects: Objects
    choice: Choice = TAKE_ALL
    options: ListOptions = field(default_factory=ListOptions)
    versions: bool = False
    skip_archived: bool = False
    hosts: tuple[str, ...] = ()
    look: Callable[[list[bytes], Choice], Iterable[Item | Skipped]] = examine_paths

    @property
    def name(self) -> str:
        """The URI without possible secrets, or the absolute path."""
        if is_remote(self.uri) or self.uri == "-":
            return without_secrets(self.uri)
        return absolute(self.uri)

    def check(self) -> None:
        """Raise SourceError unless the manifest is complete and all its data files exist."""
        files.check(self._contents.files, self.objects)

    def holds(self, uri: str) -> bool:  # noqa: ARG002
        """Return False: what a manifest lists is not known in advance."""
        return False

    def items(self) -> Iterator[Item | Skipped]:
        """Yield one item per row; raises SourceError for a damaged data file."""
        contents = self._contents
        total = 0
        for file in contents.files:
            shown = without_secrets(file.uri if file.uri != self._local else self.name)
            with files.open_data_file(file, self.objects) as path:
                total += yield from self._rows(path, contents, shown)
        if contents.rows is not None and total < contents.rows:
            detail = f"{contents.rows:,} rows are announced but there are {total:,}"
            yield Item(f"{self.name}#rows", failure=Failure("list", "missing-rows", detail))

    def _rows(
        self, path: str, contents: Contents, shown: str
    ) -> Generator[Item | Skipped, None, int]:
        """Yield the items of one data file; return how many rows it has."""
        rows = Rows(
            contents.layout,
            self.choice,
            versions=self.versions,
            skip_archived=self.skip_archived,
            hosts=self.hosts,
            look=self.look,
        )
        total = bad = 0
        for batch, others in reading.read_rows(path, contents, shown):
            bad += others
            try:
                yield from rows.items(batch, shown, total + 1) if len(batch) else ()
            except tables.ERRORS as error:
                raise SourceError(f"manifest: {shown} is damaged") from error
            total += len(batch)
        failure = Failure("list", "bad-row", "its columns are not those of the others")
        for number in range(bad):
            yield Item(f"{shown}#bad-row-{number + 1}", failure=failure)
        return total + bad

    @cached_property
    def _input(self) -> IO[bytes]:
        """Standard input as a file, which is removed with this source."""
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this source
        while chunk := sys.stdin.buffer.read(_COPY):
            copy.write(chunk)
        copy.flush()
        return copy

    @property
    def _local(self) -> str:
        """Where to read the manifest."""
        return f"/proc/self/fd/{self._input.fileno()}" if self.uri == "-" else self.uri

    @cached_property
    def _contents(self) -> Contents:
        try:
            head = files.head(self._local, self.objects, HEAD)
        except ItemError as error:
            raise SourceError(f"manifest {self.name}: {error.detail or error.reason}") from error
        return reading.explain(self._local, self.name, head, self.options, self.objects)

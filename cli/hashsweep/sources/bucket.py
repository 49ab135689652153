"""The objects below a prefix of a bucket, listed page by page. Knows no media."""

from collections.abc import Iterator
from dataclasses import dataclass

from hashsweep.errors import ItemError, SourceError
from hashsweep.model import Item, Skipped
from hashsweep.sources.base import TAKE_ALL, Choice
from hashsweep.storage.facts import Facts
from hashsweep.storage.stores import Stores
from hashsweep.storage.uris import below, split_uri


@dataclass(frozen=True)
class BucketSource:
    """All objects below `uri`, in the store's order; `uri` can also name one object.

    A prefix is a folder: `s3://bucket/2026` means everything below `2026/`. One page of the
    listing is held at a time. `leave_out` is a folder of the bucket that is skipped: the report.
    """

    uri: str
    stores: Stores
    choice: Choice = TAKE_ALL
    leave_out: str | None = None

    @property
    def name(self) -> str:
        """The URI."""
        return self.uri

    def check(self) -> None:
        """Raise SourceError unless the store answers and the prefix is not empty."""
        try:
            if self._one() or next(self.stores.list_objects(self.uri), None):
                return
        except ItemError as error:
            raise self._fail_listing(error) from error
        if split_uri(self.uri).key:
            raise SourceError(f"source {self.uri}: there are no objects")

    def holds(self, uri: str) -> bool:
        """Say whether an object is below the prefix."""
        return below(uri, self.uri) is not None

    def items(self) -> Iterator[Item | Skipped]:
        """Yield the objects; raises SourceError if the listing breaks off."""
        try:
            one = self._one()
            if one:
                yield self._examine(one, one.uri.rpartition("/")[2])
            for facts in self.stores.list_objects(self.uri):
                yield self._examine(facts, below(facts.uri, self.uri) or facts.uri)
        except ItemError as error:
            raise self._fail_listing(error) from error

    def _one(self) -> Facts | None:
        """Return the object that `uri` names, if any."""
        if not split_uri(self.uri).key or self.uri.endswith("/"):
            return None
        try:
            return self.stores.facts(self.uri)
        except ItemError as error:
            if error.reason == "gone" and "bucket" not in error.detail:
                return None
            raise

    def _fail_listing(self, error: ItemError) -> SourceError:
        return SourceError(f"source {self.uri}: {error.detail or error.reason}")

    def _is_marker(self, facts: Facts) -> bool:
        """Say whether an empty object represents a folder; obstore removes its last slash."""
        if facts.uri.endswith("/"):
            return True
        try:
            self.stores.facts(facts.uri)
        except ItemError as error:
            return error.reason == "gone"
        return False

    def _examine(self, facts: Facts, below_root: str) -> Item | Skipped:
        if self.leave_out is not None and below(facts.uri, self.leave_out) is not None:
            return Skipped(facts.uri, "own-report")
        if not facts.size and self._is_marker(facts):
            return Skipped(facts.uri, "folder-marker")
        if not self.choice.takes(below_root):
            return Skipped(facts.uri, "excluded")
        if self.choice.max_file_size is not None and facts.size > self.choice.max_file_size:
            return Skipped(facts.uri, "too-large")
        return Item(facts.uri, facts.size, facts.mtime_ns, facts.etag)

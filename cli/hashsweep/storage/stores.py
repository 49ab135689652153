"""Object stores by URI: facts, bytes, listings; also for local paths. Knows no picture and no list.

Only this module and clients.py know obstore. It is not fork-safe: processes that use it
must be started afresh. Web servers are not stores: web.py reads from them.
"""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import obstore

from hashsweep.errors import ItemError
from hashsweep.storage.boto3_fallback import Boto3Fallback, is_odd
from hashsweep.storage.clients import ERRORS, new_store
from hashsweep.storage.facts import CHUNK, Facts, token
from hashsweep.storage.failures import translate_errors
from hashsweep.storage.local import read_error
from hashsweep.storage.options import StoreOptions
from hashsweep.storage.origins import is_web
from hashsweep.storage.uris import Location, is_remote, split_uri
from hashsweep.storage.web import Web

LISTED = 1_000
"""Objects that one S3 request lists."""


class Stores:
    """Opens the stores that URIs name, and caches them. Raises ItemError for their errors."""

    def __init__(self, options: StoreOptions | None = None) -> None:
        """Keep the options; opens nothing yet. `web` reads what is at web addresses."""
        self._options = options or StoreOptions()
        self._opened: dict[tuple[str, str], Any] = {}
        self.web = Web(self._options)

    def facts(self, uri: str) -> Facts:
        """Return what is known about one object without reading it."""
        if not is_remote(uri):
            return _local_facts(uri)
        if is_web(uri):
            return self.web.facts(uri)
        opened, key = self._open(uri)
        if odd := self._odd(uri, key):
            return _facts(uri, odd.head(split_uri(uri).bucket, key))
        try:
            return _facts(uri, obstore.head(opened, key))
        except ERRORS as error:
            raise translate_errors(error) from None

    def read(self, uri: str, limit: int) -> bytes:
        """Return a whole object of at most `limit` bytes; raises ItemError `too-large`."""
        facts = self.facts(uri)
        if facts.size > limit:
            raise ItemError("read", "too-large", f"{facts.size:,} bytes")
        return b"".join(map(bytes, self.chunks(uri, facts)))

    def download(self, uri: str, to: BinaryIO) -> None:
        """Write a whole object to a stream, chunk by chunk."""
        to.writelines(self.chunks(uri, self.facts(uri)))

    def chunks(self, uri: str, facts: Facts) -> Iterator[Any]:
        """Yield the object of these facts in buffers of CHUNK bytes; a changed one is an error."""
        if not is_remote(uri):
            yield from _local_chunks(uri, facts.size)
            return
        if is_web(uri):
            yield from self.web.chunks(uri, facts.size)
            return
        for start in range(0, facts.size, CHUNK):
            end = min(start + CHUNK, facts.size)
            yield self.get(uri, span=(start, end), etag=facts.etag)[1]

    def get(
        self,
        uri: str,
        *,
        span: tuple[int, int] | None = None,
        etag: str | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> tuple[Facts, Any]:
        """Return facts and bytes (a buffer) of an object, or of its `span` (end exclusive).

        With `etag`, an object with another one is refused (`changed`). One of more than `limit`
        bytes comes with an empty buffer: its size is known before it is read.
        """
        opened, key = self._open(uri)
        if odd := self._odd(uri, key):
            meta, whole = odd.get(
                split_uri(uri).bucket, key, span=span, etag=etag, version=version, limit=limit
            )
            return _facts(uri, meta), whole
        options: Any = {}
        if span:
            options["range"] = span
        if etag:
            options["if_match"] = f'"{etag}"'
        if version:
            options["version"] = version
        try:
            answer = obstore.get(opened, key, options=options)
            facts = _facts(uri, answer.meta)
            if limit is not None and facts.size > limit:
                return facts, b""
            content = answer.bytes()
        except ERRORS as error:
            raise translate_errors(error) from None
        start, end = span or (0, facts.size)
        if len(content) != max(min(end, facts.size) - start, 0):
            raise ItemError("read", "io-error", "the store sent a different number of bytes")
        return facts, content

    def list_objects(self, uri: str) -> Iterator[Facts]:
        """Yield the objects below a prefix in the store's order, page by page."""
        opened, prefix = self._open(uri)
        where = split_uri(uri)
        start = f"{where.scheme}://{where.bucket}/"
        pages = iter(obstore.list(opened, prefix or None, chunk_size=LISTED))
        last = ""
        while True:
            try:
                page = next(pages, None)
            except ERRORS as error:
                failed = translate_errors(error, "list")
                if failed.reason != "bad-name" or where.scheme != "s3":
                    raise failed from None
                break
            if page is None:
                return
            for meta in page:
                last = meta["path"]
                yield _facts(start + last, meta)
        yield from self._list_by_boto3(where, last)

    def _list_by_boto3(self, where: Location, last: str) -> Iterator[Facts]:
        """Continue after `last` in a listing with a key that obstore cannot handle."""
        below = where.key if not where.key or where.key.endswith("/") else f"{where.key}/"
        start = f"{where.scheme}://{where.bucket}/"
        for key, meta in self._odd_keys.list_objects(where.bucket, below, last):
            yield _facts(start + key, meta)

    @cached_property
    def _odd_keys(self) -> Boto3Fallback:
        return Boto3Fallback(self._options)

    def _odd(self, uri: str, key: str) -> Boto3Fallback | None:
        """Return the reader for a key that obstore cannot handle; None for others."""
        return self._odd_keys if uri.startswith("s3://") and is_odd(key) else None

    def put(self, uri: str, path: Path, *, over: str | None = None) -> str:
        """Write a file as an object, complete or not at all; return its change token.

        Without `over` an existing object is never replaced; with it, only the one that
        has this token. Otherwise raises ItemError `changed`.
        """
        opened, key = self._open(uri)
        mode: Any = "create" if over is None else {"e_tag": f'"{over}"'}
        try:
            done = obstore.put(opened, key, path, mode=mode, use_multipart=False)
        except ERRORS as error:
            if type(error).__name__ == "AlreadyExistsError":
                raise ItemError("read", "changed", "the object already exists") from None
            raise translate_errors(error) from None
        return (done.get("e_tag") or "").strip('"')

    def delete(self, uri: str) -> None:
        """Remove an object; a missing one is not an error. Only for parts of reports."""
        opened, key = self._open(uri)
        try:
            obstore.delete(opened, key)
        except ERRORS as error:
            failed = translate_errors(error)
            if failed.reason != "gone":
                raise failed from None

    def _open(self, uri: str) -> tuple[Any, str]:
        try:
            where = split_uri(uri)
        except ValueError:
            raise ItemError("read", "bad-name", "it names no bucket") from None
        at = (where.scheme, where.bucket)
        if is_web(uri):
            raise ItemError("read", "bad-name", "a web address is not a store")
        if at not in self._opened:
            self._opened[at] = new_store(where, self._options)
        return self._opened[at], where.key


def _facts(uri: str, meta: Any) -> Facts:
    modified = meta["last_modified"]
    mtime_ns = int(modified.timestamp()) * 1_000_000_000 + modified.microsecond * 1_000
    return Facts(uri, int(meta["size"]), mtime_ns, token(meta.get("e_tag")))


def _local_facts(path: str) -> Facts:
    try:
        state = os.stat(path)
    except (OSError, ValueError) as error:
        raise read_error(error) from error
    return Facts(path, state.st_size, state.st_mtime_ns, None)


def _local_chunks(path: str, size: int) -> Iterator[bytes]:
    seen = 0
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(CHUNK):
                seen += len(chunk)
                yield chunk
    except OSError as error:
        raise read_error(error) from error
    if seen != size:
        raise ItemError("read", "changed")

"""Parses a manifest in a process of its own (engines.parser_process): what it says, and its rows.

Has no access to stores: it asks the command for what lies beside the manifest. Knows no item.
"""

import csv
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet  # imported for the fork server, once

from hashsweep.engines.parser_process import BATCH, Channel, Refused
from hashsweep.errors import HashsweepError, ItemError, SourceError
from hashsweep.sources.manifests import MANIFESTS, tables
from hashsweep.sources.manifests.base import Contents, ListOptions, Manifest
from hashsweep.sources.manifests.columns import divide, pack
from hashsweep.sources.manifests.segments import of_report
from hashsweep.storage.facts import Facts

EXPLAINER = "hashsweep.sources.manifests.parser:explain"
ROWS_PARSER = "hashsweep.sources.manifests.parser:send_rows"
"""What engines.parsing starts: once for a manifest, and once for each of its data files."""

HEAD = 64 * 1024
"""Bytes of a manifest by which its format is recognised."""

_BATCH = 8 * 1024 * 1024  # bytes of rows that are sent at once
_REFUSED = {
    b"PK\3\4": "a zip archive or a workbook: unpack it, or save the sheet as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it, or use gzip",
    b"PARE": "encrypted Parquet",
}


class _Beside:
    """What lies beside a manifest, as manifests.base.Objects: the command reads it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def read(self, uri: str, limit: int) -> bytes:
        """Return a whole object of at most `limit` bytes; raises ItemError."""
        try:
            return self._channel.ask(json.dumps([uri, limit]).encode())
        except Refused as error:
            raise ItemError(*error.why) from error

    def facts(self, uri: str) -> Facts:
        """Raise ItemError: only what is whole can be had."""
        self._refuse(uri)

    def chunks(self, uri: str, facts: Facts) -> Iterator[Any]:  # noqa: ARG002
        """Raise ItemError: only what is whole can be had."""
        self._refuse(uri)

    @staticmethod
    def _refuse(_: str) -> NoReturn:
        raise ItemError("list", "denied", "a manifest's format can only read whole objects")


def explain(channel: Channel, options: Any, descriptors: Sequence[int]) -> None:
    """Send what a manifest says (Contents); the descriptor is of its first bytes.

    `options` are its `uri`, what messages call it (`name`), the user's `listing` (ListOptions), and
    the folder `cwd` in which local names are looked up. Raises SourceError.
    """
    with suppress(OSError):
        os.chdir(options["cwd"])
    name = options["name"]
    head = os.pread(descriptors[0], os.fstat(descriptors[0]).st_size, 0)
    listing = msgspec.convert(options["listing"], ListOptions)
    try:
        if head.startswith(b"\x1f\x8b"):
            head = zlib.decompressobj(wbits=31).decompress(head, HEAD)
        for magic, why in _REFUSED.items():
            if head.startswith(magic):
                raise SourceError(f"manifest {name}: it is {why}")
        manifest = Manifest(options["uri"], head, _Beside(channel), listing)
        formats = map(MANIFESTS.load, MANIFESTS.names)
        chosen = (
            MANIFESTS.load(listing.format)
            if listing.format
            else next(each for each in formats if each.recognises(manifest))
        )
        contents = chosen.contents(manifest)
    except ItemError as error:
        raise SourceError(f"manifest {name}: {error.detail or error.reason}") from error
    except (zlib.error, csv.Error) as error:
        raise SourceError(f"manifest {name} is damaged") from error
    channel.send(BATCH, encode_contents(contents))


def encode_contents(contents: Contents) -> bytes:
    """Return what `decode_contents` reads."""
    return json.dumps(msgspec.to_builtins(contents)).encode()


def decode_contents(message: bytes | bytearray) -> Contents:
    """Return what a manifest says; raises ValueError for what is none."""
    try:
        return msgspec.convert(json.loads(message), Contents)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError("not what a manifest says") from error


def send_rows(channel: Channel, options: Any, descriptors: Sequence[int]) -> None:
    """Send the rows of the data file that the descriptor is of, in batches (columns.py).

    `options` are what the manifest says (`contents`) and what messages call the file (`shown`).
    Raises SourceError for a damaged file, MemoryError for one that takes too much.
    """
    contents = msgspec.convert(options["contents"], Contents)
    bad = [0]

    def refuse() -> None:
        bad[0] += 1

    try:
        for batch in tables.batches(f"/proc/self/fd/{descriptors[0]}", contents, refuse):
            for part in divide(of_report(batch), _BATCH):
                channel.send(BATCH, *pack(part, bad[0]))
                bad[0] = 0
    except MemoryError:
        raise
    except tables.ERRORS as error:
        why = "is encrypted" if "decrypt" in str(error).lower() else "is damaged"
        raise SourceError(f"manifest: {options['shown']} {why}") from error
    channel.send(BATCH, *pack(pa.record_batch([], []), bad[0]))


with suppress(HashsweepError):  # said when a manifest is read; what it costs is the fork server's
    _ = MANIFESTS.names

"""Parsers run in this process, without one of their own: for fuzzers, which want to see the code.

What they send is bounded and unpacked as the command does it.
"""

import json
import os
from pathlib import Path

import msgspec

from hashsweep.engines.parser_process import BATCH, Refused
from hashsweep.errors import ItemError, SourceError
from hashsweep.hashlists import parser as list_parser
from hashsweep.hashlists.batches import NEEDS_NAME
from hashsweep.hashlists.batches import unpack as unpack_list
from hashsweep.hashlists.known_hashes import known_bits
from hashsweep.hashlists.unpacking import LAYERS
from hashsweep.sources.manifests import parser as manifest_parser
from hashsweep.sources.manifests.columns import unpack as unpack_rows

MOST = 64 * 1024 * 1024  # bytes of messages


class TooMuch(Exception):
    """A parser sends more than fits a test."""


class Here:
    """A channel that keeps what is sent, and asks `objects`."""

    def __init__(self, objects=None):
        self.messages, self._objects, self._left = [], objects, MOST

    def send(self, kind, *parts):
        assert kind == BATCH
        self.messages.append(bytearray(b"".join(map(bytes, parts))))
        self._left -= len(self.messages[-1])
        if self._left < 0:
            raise TooMuch

    def ask(self, question):
        try:
            return self._objects.read(*json.loads(question))
        except ItemError as error:
            raise Refused([error.stage, error.reason, error.detail]) from error


def list_batches(path, options):
    """The batches of a list, None where its parser needs a name; raises ListError."""
    heard = Here()
    rooms = [os.memfd_create("room") for _ in range(LAYERS)]
    with path.open("rb") as stream:
        try:
            list_parser.parse(heard, options, [stream.fileno(), *rooms])
        finally:
            for each in rooms:
                os.close(each)
    if heard.messages[-1] == NEEDS_NAME:
        return None
    return [unpack_list(each, known_bits()) for each in heard.messages]


def explain(uri, name, head, listing, objects):
    """As manifests.reading.explain."""
    heard = Here(objects)
    plain = msgspec.to_builtins(listing)
    descriptor = os.memfd_create("head")
    try:
        os.write(descriptor, head)
        options = {"uri": uri, "name": name, "listing": plain, "cwd": os.getcwd()}
        manifest_parser.explain(heard, options, [descriptor])
    finally:
        os.close(descriptor)
    return manifest_parser.decode_contents(heard.messages[-1])


def read_rows(path, contents, shown):
    """As manifests.reading.read_rows; raises SourceError."""
    heard = Here()
    options = {"contents": json.loads(manifest_parser.encode_contents(contents)), "shown": shown}
    with Path(path).open("rb") as stream:
        try:
            manifest_parser.send_rows(heard, options, [stream.fileno()])
        except (TooMuch, MemoryError) as error:
            raise SourceError("too much") from error
        finally:
            found = [unpack_rows(each) for each in heard.messages]
    yield from found

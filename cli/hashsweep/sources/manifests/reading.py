"""Has a manifest parsed in confined processes, and takes in what comes of it. Knows no format."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec
import pyarrow as pa

from hashsweep.engines import parsing
from hashsweep.engines.parser_process import LONGEST_ANSWER, QUESTION
from hashsweep.engines.parsing import Bounds, FileRefused, Parsing, ParsingFailed
from hashsweep.errors import ItemError, SourceError
from hashsweep.sources.manifests import MANIFESTS
from hashsweep.sources.manifests.base import Contents, ListOptions, Objects
from hashsweep.sources.manifests.beside import is_beside
from hashsweep.sources.manifests.columns import unpack
from hashsweep.sources.manifests.parser import EXPLAINER, ROWS_PARSER, decode_contents
from hashsweep.storage import memory

PRELOAD = ("hashsweep.sources.manifests.parser", *MANIFESTS.modules)
"""Modules that a fork server imports once for all parsers of manifests."""

_MIB = 1 << 20
_EXPLAINING = Bounds(total=256 * _MIB, reads=1024 * _MIB, memory=2048 * _MIB)
# A manifest of 256 MiB names a million data files.

_LEAST, _TIMES = 1024 * _MIB, 1100
# Bytes of rows that any data file may come to, and more for each of its own: gzip packs to a 1032th
# at most.


def explain(uri: str, name: str, head: bytes, listing: ListOptions, objects: Objects) -> Contents:
    """Return what a manifest says; messages call it `name`.

    Its format gets the first bytes, and through `objects` what lies beside it. Raises SourceError,
    and EngineError where no process can be started.
    """
    options = {"uri": uri, "name": name, "listing": asdict(listing), "cwd": os.getcwd()}
    descriptor = memory.create_unnamed(head)
    try:
        with Parsing(EXPLAINER, options, [descriptor], _EXPLAINING, PRELOAD) as parser:
            found = None
            for kind, content in parser.messages():
                if kind == QUESTION:
                    _answer(parser, content, uri, objects)
                else:
                    found = content
            contents = decode_contents(found or b"")
            if not all(is_beside(file, uri) for file in contents.files):
                raise ValueError("a data file elsewhere")
            return contents
    except FileRefused as error:
        raise SourceError(str(error)) from error
    except (ParsingFailed, ValueError, TypeError, RecursionError) as error:
        why = error if isinstance(error, ParsingFailed) else parsing.nonsense()
        raise SourceError(f"manifest {name} {why}") from error
    finally:
        os.close(descriptor)


def _answer(parser: Parsing, question: bytearray, uri: str, objects: Objects) -> None:
    """Read an object for a parser, which gets nothing but the manifest and what lies beside it."""
    asked, limit = json.loads(question)
    if not (isinstance(asked, str) and type(limit) is int and 0 <= limit <= LONGEST_ANSWER):
        raise ValueError("not a question")
    folder = uri.rpartition("/")[0]
    is_beside = asked.rpartition("/")[0] == folder and not folder.startswith("/proc/")
    if asked != uri and not is_beside:
        parser.refuse(["list", "denied", "it does not lie beside the manifest"])
        return
    try:
        content = objects.read(asked, limit)
    except ItemError as error:
        parser.refuse([error.stage, error.reason, error.detail])
    else:
        parser.answer(content)


def read_rows(path: str, contents: Contents, shown: str) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield (rows, how many others could not be read) of a data file; messages call it `shown`.

    Raises SourceError, and EngineError where no process can be started.
    """
    options: dict[str, Any] = {"contents": msgspec.to_builtins(contents), "shown": shown}
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(f"manifest: {shown}: {error.strerror}") from error
    try:
        size = os.fstat(descriptor).st_size
        bounds = Bounds(total=_LEAST + _TIMES * size, reads=1024 * _MIB + 20 * size)
        given = (ROWS_PARSER, options, [descriptor], bounds, PRELOAD)
        for content in parsing.read_batches(*given):
            yield unpack(content)
    except FileRefused as error:
        raise SourceError(str(error)) from error
    except (ParsingFailed, ValueError) as error:
        why = error if isinstance(error, ParsingFailed) else parsing.nonsense()
        raise SourceError(f"manifest: {shown} {why}") from error
    finally:
        os.close(descriptor)

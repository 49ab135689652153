"""Runs inside a process that parses one file of a stranger's: reads it, and sends what it holds.

The process is confined as workers are. Messages are a kind and bytes, never pickles. Knows no
format.
"""

import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from hashsweep.engines.confine import be_quiet, confine, die_with_parent
from hashsweep.errors import HashsweepError

FRAME = struct.Struct("=BQ")
"""What stands before a message: its kind, and how many bytes follow."""

BATCH, END, REFUSAL, FAULT, QUESTION = range(1, 6)
"""Kinds of messages: content, nothing more, why the file is refused, a fault of the parser, and a
question, which is answered by a message of the kind BATCH or REFUSAL."""

LONGEST = 64 * 1024 * 1024
"""Most bytes of a message: a batch has to be smaller."""

LONGEST_ANSWER = 256 * 1024 * 1024
"""Most bytes of an answer to a question."""

OUT_OF_MEMORY = "MemoryError"
"""The name of a fault that is the file's."""


class Channel:
    """The socket to the command, as the parser has it."""

    def __init__(self, descriptor: int) -> None:
        """Take over the descriptor."""
        self._socket = socket.socket(fileno=descriptor)

    def close(self) -> None:
        """Let the command know that there will be nothing more."""
        self._socket.close()

    def send(self, kind: int, *parts: Any) -> None:
        """Send a message whose content is these buffers one after the other."""
        views = [memoryview(each).cast("B") for each in parts if len(each)]
        self._socket.sendall(FRAME.pack(kind, sum(map(len, views))))
        for view in views:
            self._socket.sendall(view)

    def ask(self, question: bytes) -> bytes:
        """Return the answer to a question; raises Refused with what it was refused for."""
        self.send(QUESTION, question)
        kind, size = FRAME.unpack(self._receive(FRAME.size))
        content = self._receive(min(size, LONGEST_ANSWER))
        if kind == REFUSAL:
            raise Refused(json.loads(content))
        return bytes(content)

    def _receive(self, size: int) -> bytearray:
        content = bytearray(size)
        left = memoryview(content)
        while left:
            count = self._socket.recv_into(left)
            if not count:
                raise CommandEnded("the command has ended")
            left = left[count:]
        return content


class CommandEnded(EOFError):
    """Nobody waits for this file any more; unlike an EOFError of the reader, which is a fault."""


class Refused(Exception):
    """A question was refused; `why` is what the command says of it."""

    def __init__(self, why: Any) -> None:
        """Keep what the command sent."""
        super().__init__(why)
        self.why = why


Parse = Callable[[Channel, Any, Sequence[int]], None]
"""What a parser is: it gets the channel, the options (plain values) and the descriptors."""


def serve(text: str, descriptors: Sequence[int]) -> None:
    """Parse one file and end. `descriptors` are the channel's and those of the parser.

    `text` is JSON: the parser as "module:function", its options, and the bounds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    server = os.getppid()
    die_with_parent()
    if os.getppid() != server:  # it had died just before
        return
    given = json.loads(text)
    if not given["debug"]:
        be_quiet()
    channel = Channel(descriptors[0])
    try:
        module, _, name = given["target"].partition(":")
        parse: Parse = getattr(importlib.import_module(module), name)
        _bound(given["memory"], given["writes"])
        parse(channel, given["options"], descriptors[1:])
    except HashsweepError as error:
        channel.send(REFUSAL, json.dumps(str(error)).encode())
    except (BrokenPipeError, ConnectionResetError, CommandEnded):
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001 - a plug-in's, or ours: it is the name that helps
        if given["debug"]:
            sys.stderr.write(traceback.format_exc())
        fault = OUT_OF_MEMORY if isinstance(error, MemoryError) else type(error).__name__
        del error
        channel.send(FAULT, json.dumps(fault).encode())
    else:
        channel.send(END)


def _bound(memory: int, writes: int) -> None:
    """Give up all power but to read files, and to write to those that are open already."""
    confine(memory)
    soft, hard = (writes, writes)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    if most != resource.RLIM_INFINITY:
        soft = hard = min(writes, most)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error is raised instead

"""Messages between a worker and its fetcher: a length, and that many bytes."""

import socket
import struct

LENGTH = struct.Struct(">I")
"""Before every message: its length in bytes."""


def receive(channel: socket.socket) -> bytes:
    """Return one message without its length; b"" at the end."""
    head = channel.recv(LENGTH.size, socket.MSG_WAITALL)
    return exactly(channel, LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def exactly(channel: socket.socket, size: int) -> bytes:
    """Return `size` bytes; raises EOFError if there are fewer."""
    found = channel.recv(size, socket.MSG_WAITALL) if size else b""
    while len(found) < size:
        more = channel.recv(size - len(found), socket.MSG_WAITALL)
        if not more:
            raise EOFError
        found += more
    return found

"""The channel of a parser: messages in pieces, questions, and the end of the command."""

import json
import socket
import threading
from array import array

import pytest

from hashsweep.engines.parser_process import BATCH, FRAME, QUESTION, REFUSAL, Channel, Refused


@pytest.fixture
def ends():
    """The command's end of a socket pair, and the channel at the other."""
    ours, theirs = socket.socketpair()
    channel = Channel(theirs.detach())
    with ours:
        yield ours, channel
    channel.close()


def taken(sock):
    """(kind, content) of one message."""
    kind, size = FRAME.unpack(sock.recv(FRAME.size, socket.MSG_WAITALL))
    return kind, sock.recv(size, socket.MSG_WAITALL) if size else b""


def test_parts_are_sent_as_one(ends):
    """Buffers of any kind, one after the other; an empty one is nothing."""
    ours, channel = ends
    channel.send(BATCH, b"ab", bytearray(), array("I", [1, 2]), b"c")

    assert taken(ours) == (BATCH, b"ab" + array("I", [1, 2]).tobytes() + b"c")


def test_an_answer_may_come_in_pieces(ends):
    """It is waited for."""
    ours, channel = ends
    content = bytes(range(256)) * 2000

    def answer():
        assert taken(ours) == (QUESTION, b"what")
        ours.sendall(FRAME.pack(BATCH, len(content)))
        for at in range(0, len(content), 100_000):
            ours.sendall(content[at : at + 100_000])

    thread = threading.Thread(target=answer)
    thread.start()
    assert channel.ask(b"what") == content
    thread.join()


def test_a_refused_question_is_an_error(ends):
    """With what the command says."""
    ours, channel = ends
    why = json.dumps(["read", "gone", ""]).encode()
    ours.sendall(FRAME.pack(REFUSAL, len(why)) + why)
    with pytest.raises(Refused) as caught:
        channel.ask(b"what")

    assert caught.value.why == ["read", "gone", ""]


def test_the_end_of_the_command_is_an_error(ends):
    """Nobody waits for ever."""
    ours, channel = ends
    ours.sendall(FRAME.pack(BATCH, 10) + b"x")
    ours.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        channel.ask(b"what")

"""Messages through a socket."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.storage.messages import LENGTH, exactly, receive


@given(st.lists(st.binary(max_size=300_000), max_size=4))
def test_messages_come_whole(messages):
    """However a message is cut up on its way, and then the end."""
    ours, theirs = socket.socketpair()

    def send():
        with theirs:
            for message in messages:
                whole = LENGTH.pack(len(message)) + message
                for start in range(0, len(whole), 70_000):
                    theirs.sendall(whole[start : start + 70_000])

    thread = threading.Thread(target=send)
    thread.start()
    with ours:
        found = [receive(ours) for _ in messages]
        assert found == messages
        assert receive(ours) == b""
    thread.join()


def test_a_broken_message():
    """An end in the middle is no message."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"abc")
    with ours, pytest.raises(EOFError):
        exactly(ours, 4)
